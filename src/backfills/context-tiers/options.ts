import { z } from 'zod';
import { routeNamed, TIER_1 } from './routes.ts';

const DAYS = 'expected a number of days, 1 to 36500';

/** `receipts`, or with its schema, `garage.receipts`; as it is spelled in the database. */
const table = (byDefault: string, holds: string) =>
  z
    .string()
    .regex(/^[^.]+(\.[^.]+)?$/, 'expected the name of a table, as receipts or garage.receipts')
    .default(byDefault)
    .describe(`table of ${holds}, by vehicle_id`)
    .meta({ placeholder: 'table' });

/** Each field becomes a flag. Parsing what was parsed changes nothing. */
export const options = z.object({
  model: z
    .string()
    .min(1)
    .default(TIER_1.model)
    .describe('OpenAI model that organises images and looks at parts'),
  gapModel: z
    .string()
    .min(1)
    .default(routeNamed('gap_finder').model)
    .describe('OpenAI model that finds gaps'),
  gapPer: z
    .enum(['image', 'vehicle'])
    .default('image')
    .describe('ask what is missing about each image of a vehicle with little context, or once per vehicle'),
  receiptDays: z
    .int(DAYS)
    .min(1, DAYS)
    .max(36_500, DAYS)
    .optional()
    .describe('count receipts of the last so many days (default: all)')
    .meta({ placeholder: 'days' }),
  prices: z
    .enum(['tokens', 'flat'])
    .default('tokens')
    .describe('what a call costs: its tokens, as OpenAI bills them, or a flat price by route'),
  receiptsTable: table('receipts', 'receipts'),
  eventsTable: table('timeline_events', 'timeline events'),
  spidTable: table('vehicle_spid_data', 'factory data'),
  manualsTable: table('reference_documents', 'factory manuals'),
});
export type Options = z.infer<typeof options>;
