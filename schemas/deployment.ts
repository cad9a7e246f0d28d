import * as z from 'zod/mini';

/** What the directory in SSM says of one runbook. */
export const RunbookEntry = z.object({
  name: z.string(),
  stateMachineArn: z.string(),
  /** One sentence for `nightshift list`. */
  summary: z.string(),
  targetKind: z.enum(['service', 'database', 'cache', 'secret', 'secrets', 'fleet']),
  /** What starts it, in words: `alarm`, `schedule …`, `by hand`. */
  triggers: z.array(z.string()),
  page: z.string(),
  /** State name → phase, so that progress can be shown per phase. */
  states: z.record(z.string(), z.enum(['open', 'plan', 'approve', 'act', 'verify', 'close'])),
});
export type RunbookEntry = z.infer<typeof RunbookEntry>;

/** A recurring time in which nothing is changed unless a person overrides it with a reason. Times are UTC. */
export const FreezeWindow = z.object({
  name: z.string(),
  /** Cron-free form: either from/to as ISO 8601 instants (once) … */
  from: z.optional(z.string()),
  to: z.optional(z.string()),
  /** … or weekly: days (`MON` … `SUN`), start `HH:MM` and length. */
  days: z.optional(z.array(z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN']))),
  startsAt: z.optional(z.string()),
  durationMinutes: z.optional(z.number()),
});
export type FreezeWindow = z.infer<typeof FreezeWindow>;

/** Rules that every run is held to. */
export const PolicyEntry = z.object({
  freezeWindows: z.array(FreezeWindow),
  /** Names or ARNs of SSM Change Calendars; a run is refused while one is CLOSED. */
  changeCalendars: z.array(z.string()),
  /** The remedy did not hold: more than `times` runs that acted on one target within `windowMinutes` are refused. */
  didNotHold: z.object({ times: z.number(), windowMinutes: z.number() }),
  /** Runbook name → whether its plan waits for a person; `swap`: only where it swaps instances. */
  approval: z.record(z.string(), z.enum(['never', 'swap', 'always'])),
  approvalTimeoutMinutes: z.number(),
});
export type PolicyEntry = z.infer<typeof PolicyEntry>;

/** Where this deployment keeps its things. */
export const StoresEntry = z.object({
  lockTable: z.string(),
  runTable: z.string(),
  waitTable: z.string(),
  historyTable: z.string(),
  reportBucket: z.string(),
  noticeTopic: z.string(),
  pageTopic: z.string(),
});
export type StoresEntry = z.infer<typeof StoresEntry>;
