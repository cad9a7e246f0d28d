import * as z from 'zod/mini';

const limits = { atLeast: z.optional(z.number()), atMost: z.optional(z.number()) };
const shared = {
  /** What the metric is called in a finding. */
  name: z.string(),
  /** No datapoint means zero, as for counts that a load balancer tells only where there are any. Otherwise nothing is known then. */
  absentIsZero: z.optional(z.boolean()),
  /** So much of the window has to have datapoints; 0.8 when not given, which leaves room for one that is late. */
  coverage: z.optional(z.number().check(z.gt(0), z.lte(1))),
};

/** What is to hold for metrics in a window. */
export const WindowAssertion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal(['sum', 'average', 'minimum', 'maximum']), ...shared, ...limits }),
  /** Of the datapoints, each of which is a figure of its period: not of what they were made from. */
  z.strictObject({
    kind: z.literal('percentile'),
    percent: z.number().check(z.gt(0), z.lte(100)),
    ...shared,
    ...limits,
  }),
  /** Of two sums. `absentIsZero` is about the upper one; without the lower one nothing is known. */
  z.strictObject({
    kind: z.literal('ratio'),
    ...shared,
    /** With less than this below the line, the ratio proves nothing. */
    minimum: z.number().check(z.positive()),
    ...limits,
  }),
]);
export type WindowAssertion = z.infer<typeof WindowAssertion>;
