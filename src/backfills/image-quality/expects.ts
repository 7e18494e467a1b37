import type { ExpectedCall } from '../../domain/call.ts';
import { DETECT_LABELS } from '../../vision/rekognition.ts';
import { locateBirds } from './detectors/openai.ts';
import type { Options } from './options.ts';

/** What an image asks: its detector, once. */
export function expects({ detector, model }: Options): ExpectedCall[] {
  if (detector === 'rekognition') return [{ ...DETECT_LABELS, share: 1 }];
  if (detector !== 'openai') return [];
  const { operation, promptVersion } = locateBirds(model);
  return [
    { provider: 'openai', model, operation, promptVersion, share: 1, tokens: { input: 500, output: 80 } },
  ];
}
