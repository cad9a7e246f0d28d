import { z } from 'zod';
import { DATABASE_HEALTH_DEFAULTS } from '../../schemas/health/database-health.ts';

/** Each of them is a connection. */
const MOST_LOGINS = 20;

const { latencyMilliseconds, connections } = DATABASE_HEALTH_DEFAULTS;

/** What is checked of a database every morning (P-02), beside what is expected of it anyway. */
export const DatabaseHealthSchema = z.strictObject({
  latencyMilliseconds: z.number().positive().default(latencyMilliseconds),
  /** Share of the connections that clients may have. */
  connections: z
    .strictObject({
      warnPercent: z.number().positive().max(100).default(connections.warnPercent),
      failPercent: z.number().positive().max(100).default(connections.failPercent),
      /** More are worth a warning in any case. */
      warnAbove: z.number().int().positive().optional(),
    })
    .refine(({ warnPercent, failPercent }) => failPercent >= warnPercent, {
      error: 'failPercent must be at least warnPercent',
    })
    .prefault({}),
  /** Declared secrets of other logins that must work too, such as those that services have. */
  logins: z.array(z.string().min(1)).max(MOST_LOGINS).default([]),
  starts: z.array(z.enum(['validate-database', 'recover-migration'])).default([]),
});
export type DatabaseHealthConfig = z.output<typeof DatabaseHealthSchema>;
