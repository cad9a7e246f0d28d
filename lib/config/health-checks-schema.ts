import { z } from 'zod';
import { JsonAssertion } from '../../schemas/health/json-assertion.ts';

const text = z.string().min(1, 'must not be empty');
const count = z.number().int().positive();
const milliseconds = z.number().positive();
const status = z.number().int().min(100).max(599);
export const path = z.string().regex(/^\/[^\s#]*$/, 'must be a path that begins with /');

/** Every check has to fit into 45 seconds; more answers of one path than these are not waited for. */
export const MOST_SAMPLES = 50;
/** Of each kind, so that a report can tell of all of them. */
const MOST_OF_A_KIND = 20;
/** CloudWatch keeps minutes for 15 days, and nobody looks at more than a day in the morning. */
export const DAY_MINUTES = 1440;

/** A list of what is checked. */
export const few = <Schema extends z.core.SomeType>(schema: Schema) =>
  z.array(schema).max(MOST_OF_A_KIND, `must be at most ${MOST_OF_A_KIND}`).default([]);
/** Named checks; the names stand in the report. */
export const named = <Schema extends z.core.SomeType>(schema: Schema) =>
  z
    .record(
      z.string().regex(/^[\w][\w :./-]{0,59}$/, 'must be a name of at most 60 letters, digits and :./-'),
      schema,
    )
    .refine((all) => Object.keys(all).length <= MOST_OF_A_KIND, `must be at most ${MOST_OF_A_KIND}`)
    .default({});

const limits = { atLeast: z.number().optional(), atMost: z.number().optional() };

const Metric = z.strictObject({
  namespace: text,
  metric: text,
  dimensions: z.record(text, text).default({}),
  statistic: z
    .string()
    .regex(
      /^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$/,
      'must be Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p95',
    ),
});

/** What is to hold for a metric of CloudWatch. */
export const CloudWatch = z
  .strictObject({
    /** Of the datapoints of the window. */
    kind: z.enum(['sum', 'average', 'minimum', 'maximum', 'percentile', 'ratio']),
    of: Metric,
    /** What a ratio is measured against. */
    to: Metric.optional(),
    /** Which percentile. */
    percent: z.number().gt(0).max(100).optional(),
    /** With less than this below the line, a ratio proves nothing. */
    minimum: z.number().positive().optional(),
    /** No datapoint means zero. */
    absentIsZero: z.boolean().optional(),
    /** So much of the window has to have datapoints. */
    coverage: z.number().gt(0).max(1).optional(),
    periodMinutes: count.max(60).default(5),
    windowMinutes: count.max(DAY_MINUTES).default(60),
    ...limits,
  })
  .refine(({ kind, percent }) => (kind === 'percentile') === (percent !== undefined), {
    error: 'a percentile needs percent, and nothing else takes it',
  })
  .refine(
    ({ kind, to, minimum }) =>
      (kind === 'ratio') === (to !== undefined) && (kind === 'ratio') === (minimum !== undefined),
    { error: 'a ratio needs to and minimum, and nothing else takes them' },
  )
  .refine(({ periodMinutes, windowMinutes }) => windowMinutes % periodMinutes === 0, {
    error: 'windowMinutes must be a multiple of periodMinutes',
  });

/** A further path of a service. */
export const Endpoint = z.strictObject({
  path,
  status: z.array(status).min(1).default([200]),
  /** Its body says that it is ready. */
  ready: z.boolean().default(false),
  json: few(JsonAssertion),
  samples: count.max(MOST_SAMPLES).default(1),
  p50Milliseconds: milliseconds.optional(),
  p95Milliseconds: milliseconds.optional(),
});

/** A line that must come again and again (P-03). */
export const Heartbeat = z
  .strictObject({
    logGroup: z.string().regex(/^[\w./#-]{1,512}$/, 'must be the name of a log group'),
    /** Text that the line contains, such as loop:start. */
    line: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^"\\\n]*$/, 'must be a text without quotation marks and backslashes'),
    intervalMinutes: z.number().positive().max(DAY_MINUTES),
    lookBackMinutes: z.number().positive().max(DAY_MINUTES).default(60),
  })
  .refine(({ intervalMinutes, lookBackMinutes }) => lookBackMinutes >= intervalMinutes, {
    error: 'lookBackMinutes must be at least intervalMinutes',
  });
