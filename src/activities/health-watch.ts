import { type HealthLimits, limitedSigns, nextFactor } from '../domain/health.ts';

const INTERVAL_MS = 5_000;
/** While something is bad it is told again after so long: what nobody repeats is over. */
const REPEAT_MS = 10_000;

export interface WatchedRun {
  runId: string;
  settings: { health: HealthLimits };
}

/**
 * Slows the runs of a worker down while the stores that they write to are not well. A run is looked after while pages
 * of it are in work.
 */
export interface HealthWatch {
  /** Works a page of the run. The run's first look is over before `work` begins. */
  during<T>(run: WatchedRun, work: () => Promise<T>): Promise<T>;
  /** 1 while all is well, or nothing is limited; less while something is bad. For `itemsInWork`. */
  factor(runId: string): number;
}

export interface HealthWatchOptions {
  /** Why to slow down; none: all is well. Never rejects. `look` over the worker's probes. */
  look(limits: HealthLimits): Promise<string[]>;
  /** Tells why the run is slow here; none: no longer. It is not waited for. What fails is told again. */
  note(runId: string, reasons: string[]): Promise<void>;
  now?(): number;
}

interface Patient {
  limits: HealthLimits;
  /** Pages in work. */
  pages: number;
  factor: number;
  lookedAt: number;
  looking: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
  told: { reasons: string; at: number };
  telling: boolean;
}

export function createHealthWatch({ look, note, now = Date.now }: HealthWatchOptions): HealthWatch {
  const patients = new Map<string, Patient>();

  /** Looks never overlap: who comes while there is one waits for that. */
  function lookAt(runId: string, patient: Patient): Promise<void> {
    patient.looking ??= examine(runId, patient).finally(() => {
      patient.looking = undefined;
    });
    return patient.looking;
  }

  async function examine(runId: string, patient: Patient): Promise<void> {
    const reasons = await look(patient.limits);
    patient.factor = nextFactor(patient.factor, reasons);
    patient.lookedAt = now();
    tell(runId, patient, reasons);
  }

  function tell(runId: string, patient: Patient, reasons: string[]): void {
    const { told } = patient;
    const text = reasons.join('\n');
    const at = now();
    const repeat = reasons.length > 0 && at - told.at >= REPEAT_MS;
    if (patient.telling || (text === told.reasons && !repeat)) return;
    patient.telling = true;
    note(runId, reasons)
      .then(() => {
        patient.told = { reasons: text, at };
      })
      .catch(() => undefined)
      .finally(() => {
        patient.telling = false;
      });
  }

  /** There is one next look: whoever schedules it replaces the one that was to be. */
  function schedule(runId: string, patient: Patient): void {
    clearTimeout(patient.timer);
    patient.timer = setTimeout(async () => {
      await lookAt(runId, patient);
      if (patient.pages > 0) schedule(runId, patient);
    }, INTERVAL_MS).unref();
  }

  return {
    async during({ runId, settings }, work) {
      if (limitedSigns(settings.health).length === 0) return work();
      const patient = patients.get(runId) ?? newPatient();
      patients.set(runId, patient);
      patient.limits = settings.health;
      patient.pages += 1;
      try {
        // Short pages follow one another fast: they are served by the look of those before them.
        if (now() - patient.lookedAt >= INTERVAL_MS) await lookAt(runId, patient);
        if (!patient.timer) schedule(runId, patient);
        return await work();
      } finally {
        patient.pages -= 1;
        if (patient.pages === 0) {
          clearTimeout(patient.timer);
          patient.timer = undefined;
        }
      }
    },
    factor: (runId) => patients.get(runId)?.factor ?? 1,
  };
}

function newPatient(): Patient {
  return {
    limits: {},
    pages: 0,
    factor: 1,
    lookedAt: Number.NEGATIVE_INFINITY,
    looking: undefined,
    timer: undefined,
    told: { reasons: '', at: 0 },
    telling: false,
  };
}
