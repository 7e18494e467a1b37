import { keepsTheContract } from '../support/contract.ts';
import { openSimulator } from '../support/vehicle-simulator.ts';
import { BACKFILL, openVehicleContract } from '../support/vehicle-world.ts';

keepsTheContract(BACKFILL, {
  open: () => openVehicleContract(BACKFILL),
  arrivals: async () => (await openSimulator().calls()).length,
});
