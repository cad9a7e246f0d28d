import * as z from 'zod/mini';

/** What is checked of a database every morning (P-02), beside what is expected of it anyway. */
export const DatabaseHealth = z.object({
  latencyMilliseconds: z.number(),
  /** Share of the connections that clients may have: from so many percent on it is a warning, or a failure. */
  connections: z.object({
    warnPercent: z.number(),
    failPercent: z.number(),
    /** More than so many are a warning in any case. */
    warnAbove: z.optional(z.number()),
  }),
  /** Secrets of other logins that must work too, such as those that the services have, by ARN. */
  loginArns: z.array(z.string()),
  starts: z.array(z.string()),
});
export type DatabaseHealth = z.infer<typeof DatabaseHealth>;

export const DATABASE_HEALTH_DEFAULTS: DatabaseHealth = {
  latencyMilliseconds: 1000,
  connections: { warnPercent: 80, failPercent: 95 },
  loginArns: [],
  starts: [],
};
