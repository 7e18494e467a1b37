import { RunPaused, UsageError } from '../../domain/failure.ts';
import { forPerson } from '../../stores/for-person.ts';

/** Throws RunPaused for what is no photo's fault: models that are gone, a disk that is full or may not be written. */
export async function mendable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const what = whatToMend(cause);
    if (what === null) throw cause;
    throw new RunPaused({ kind: 'configuration', message: `${what} Mend that, then resume.` }, { cause });
  }
}

function whatToMend(error: unknown): string | null {
  if (error instanceof UsageError) return [`${error.message}.`, error.hint].filter(Boolean).join(' ');
  const why = forPerson(error);
  return why && `Results cannot be kept: ${why}.`;
}
