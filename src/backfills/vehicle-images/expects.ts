import type { ExpectedCall } from '../../domain/call.ts';
import { DETECT_LABELS } from '../../vision/rekognition.ts';
import type { Options } from './options.ts';
import { questions } from './questions.ts';

/** Of all images. What the labels nominate as a document is asked about, and most of it is one; the rest is appraised. */
const DOCUMENTS = 0.08;
/** Of documents: those that are never sent where `--sensitive-local` keeps them. */
const SENSITIVE = 0.4;
const APPRAISED = { exterior: 0.55, interior: 0.22, engine: 0.1, undercarriage: 0.05 } as const;

/** Together with its image an appraisal comes to $0.02 of gpt-4o, which is what people reckon with. */
const APPRAISAL_TOKENS = { input: 1_000, output: 1_675 };
const DOCUMENT_TOKENS = { input: 700, output: 300 };

/** What the images of a usual vehicle ask: labels always, then what the steps allow. */
export function expects({ model, steps, sensitiveLocal }: Options): ExpectedCall[] {
  const { document, appraisal } = questions(model);
  const labels: ExpectedCall = { ...DETECT_LABELS, share: 1 };
  const read: ExpectedCall = {
    ...asked(document),
    share: DOCUMENTS * (sensitiveLocal ? 1 - SENSITIVE : 1),
    tokens: DOCUMENT_TOKENS,
  };
  const appraised = Object.entries(APPRAISED).map(
    ([part, share]): ExpectedCall => ({
      ...asked(appraisal[part as keyof typeof APPRAISED]),
      share,
      tokens: APPRAISAL_TOKENS,
    }),
  );
  return [
    labels,
    ...(steps.includes('documents') ? [read] : []),
    ...(steps.includes('appraise') ? appraised : []),
  ];
}

function asked({
  model,
  operation,
  promptVersion,
}: Pick<ExpectedCall, 'model' | 'operation' | 'promptVersion'>) {
  return { provider: 'openai' as const, model, operation, promptVersion };
}
