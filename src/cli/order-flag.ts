import { z } from 'zod';
import type { Order } from '../domain/page.ts';

const EXPECTED = 'expected <column>, <column>:desc, units=<column> or items=<column>';

/** Which columns there are, the backfill's source knows. */
export const orderFlag = z
  .array(
    z.string().transform((given, context): Order => {
      const [, whose, column, direction] =
        /^(?:(units|items)=)?([^=:\s]+)(?::(asc|desc))?$/.exec(given) ?? [];
      if (column === undefined) {
        context.addIssue({ code: 'custom', message: EXPECTED });
        return z.NEVER;
      }
      const order = direction === 'desc' ? `${column}:desc` : column;
      return whose === undefined ? { units: order, items: order } : { [whose]: order };
    }),
  )
  .optional()
  .describe(
    'units, and items within them, by a column: created_at:desc; or items=file_name; again for the other',
  )
  .meta({ placeholder: 'column', repeatable: true });

/** Undefined: the source's own order. The later one counts. */
export function orderOf(given: readonly Order[] = []): Order | undefined {
  return given.length > 0 ? Object.assign({}, ...given) : undefined;
}
