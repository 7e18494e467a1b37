import type { Gaps } from '../../backfills/context-tiers/answers.ts';
import { dice } from '../sample/random.ts';
import type { Shot } from '../sample/shot.ts';

/** What the gap finder answers about a shot of a vehicle with so many points, 0 to 100. */
export function gapsOf(shot: Shot, score: number): Gaps {
  const choose = dice('gaps', shot.number);
  const missing = choose.some(shot.look.build === 'factory' ? MISSING : [...MISSING, MODIFIED], 3);
  const complete = choose.int(10, 45);
  return {
    current_context_score: score,
    missing_items: missing,
    estimated_improvement: {
      current_completeness: `${complete}%`,
      with_additions: `${complete + missing.length * choose.int(10, 17)}%`,
      cost_reduction: 'Later photos of this vehicle can be asked the cheaper questions.',
    },
  };
}

type Missing = Gaps['missing_items'][number];

const MISSING: readonly Missing[] = [
  {
    item: 'Paint code',
    value: 'Tells whether the colour is the original one.',
    how_to_get: 'Photograph the sticker in the door jamb or the SPID sheet',
  },
  {
    item: 'SPID sheet',
    value: 'Names every option that the factory built in.',
    how_to_get: 'Photograph the label in the glove box or under the hood',
  },
  {
    item: 'Service receipts',
    value: 'Date the parts that were replaced.',
    how_to_get: 'Upload receipts of workshops and parts dealers',
  },
  {
    item: 'Factory manual',
    value: 'Shows the parts as they left the factory.',
    how_to_get: 'Add the service manual of the model year',
  },
  {
    item: 'Earlier owners',
    value: 'Explains gaps in the history.',
    how_to_get: 'Enter when and where the vehicle changed hands',
  },
  {
    item: 'Engine number',
    value: 'Tells whether the engine came with the vehicle.',
    how_to_get: 'Photograph the stamped pad on the engine block',
  },
];

const MODIFIED: Missing = {
  item: 'Receipts for visible modifications',
  value: 'Name the parts, and who fitted them.',
  how_to_get: 'Upload any receipts for aftermarket parts',
};
