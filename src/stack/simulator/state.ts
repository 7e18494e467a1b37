import { Bill } from './bill.ts';
import { CallLog } from './calls.ts';
import { Faults } from './faults.ts';
import { Limits } from './limits.ts';
import type { Settings, SettingsPatch } from './settings.ts';
import { freshSettings, mergeSettings } from './settings.ts';

/** Everything the simulator knows; it is lost when the process ends. */
export class SimulatorState {
  settings: Settings = freshSettings();
  limits = new Limits();
  faults = new Faults();
  bill = new Bill();
  calls = new CallLog();

  configure(patch: SettingsPatch): void {
    this.settings = mergeSettings(this.settings, patch);
    if (patch.limits !== undefined) this.limits.configure(this.settings.limits);
    if (patch.faults !== undefined || patch.seed !== undefined)
      this.faults.configure(this.settings.faults, this.settings.seed);
  }

  reset(): void {
    this.bill = new Bill();
    this.calls = new CallLog();
    this.settings = freshSettings();
    this.limits = new Limits();
    this.faults = new Faults();
  }
}
