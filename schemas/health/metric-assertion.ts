import * as z from 'zod/mini';

/** What a label's value must be. Regular expressions are left out: some of them take for ever on some values. */
export const LabelMatcher = z.union([
  z.string(),
  z.strictObject({ oneOf: z.array(z.string()) }),
  z.strictObject({ noneOf: z.array(z.string()) }),
  z.strictObject({ startsWith: z.string() }),
]);
export type LabelMatcher = z.infer<typeof LabelMatcher>;

/** Which series of a scrape are meant. */
export const MetricSelector = z.strictObject({
  /** Full name, with `_total` or `_bucket` where the series has it. */
  name: z.string().check(z.minLength(1)),
  /** A label that a series does not have is empty, as in Prometheus. */
  labels: z.optional(z.record(z.string(), LabelMatcher)),
  /** No such series means zero: a counter of errors may appear with the first of them. Otherwise nothing is known then. */
  absentIsZero: z.optional(z.boolean()),
});
export type MetricSelector = z.infer<typeof MetricSelector>;

const limits = {
  /** What lies beyond these fails … */
  atLeast: z.optional(z.number()),
  atMost: z.optional(z.number()),
  /** … and what lies beyond these is a warning. */
  warnBelow: z.optional(z.number()),
  warnAbove: z.optional(z.number()),
};
/** `total` since the counters began, `increase` between two scrapes. */
const Over = z.enum(['total', 'increase']);

/** What is to hold for the metrics that a service tells. */
export const MetricAssertion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sum'), of: MetricSelector, ...limits }),
  z.strictObject({ kind: z.literal('increase'), of: MetricSelector, ...limits }),
  /** Increase per second. */
  z.strictObject({ kind: z.literal('rate'), of: MetricSelector, ...limits }),
  z.strictObject({
    kind: z.literal('ratio'),
    of: MetricSelector,
    to: MetricSelector,
    over: Over,
    /** With less than this below the line, the ratio proves nothing. */
    minimum: z.number().check(z.positive()),
    ...limits,
  }),
  /** Estimate from a classic histogram; `of` are its buckets. */
  z.strictObject({
    kind: z.literal('quantile'),
    of: MetricSelector,
    quantile: z.number().check(z.gt(0), z.lt(1)),
    over: Over,
    /** With fewer observations, the quantile proves nothing. */
    minimum: z.number().check(z.positive()),
    ...limits,
  }),
]);
export type MetricAssertion = z.infer<typeof MetricAssertion>;
