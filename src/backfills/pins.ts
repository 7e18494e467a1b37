import type { Pins } from '../domain/run.ts';
import type { BackfillDefinition } from './define.ts';

/** Names and versions of what is asked and written: what an approval is given for. */
export function pinsOf(definition: BackfillDefinition, options: unknown): Pins {
  const calls = definition.expects(definition.options.parse(options));
  return {
    [definition.name]: `version ${definition.version}`,
    ...Object.fromEntries(
      calls.map(({ provider, model, operation, promptVersion }) => [
        operation,
        `${provider}/${model}, prompt ${promptVersion}`,
      ]),
    ),
  };
}
