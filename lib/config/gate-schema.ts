import { z } from 'zod';
import { BUILT_IN_CHECKS, BURN_RATE_DEFAULTS, CHECK_NAME, isBuiltIn } from '../../schemas/gate.ts';

const count = z.number().int().positive();
/** A gate that asks for more is a form, and its decision has to fit into a run's state. */
const MOST_REQUIREMENTS = 20;
/** CloudWatch keeps datapoints of five minutes for 63 days; a month is what people agree on. */
const MOST_WINDOW_DAYS = 30;
/** The counts of the youngest days are read in periods of five minutes. */
const PERIOD_MINUTES = 5;
const MOST_LONG_MINUTES = 3 * 1440;
/** More digits after the point are not told apart. */
const OBJECTIVE_STEP = 0.0001;

const Requirement = z
  .strictObject({
    /** A check that a pipeline reports, or one of Nightshift's own. */
    check: z.string().regex(CHECK_NAME, 'must be a name such as staging-migrated'),
    /** A report that is older proves nothing; a day when not given. For `rollback-ready` half an hour. */
    maxAgeMinutes: z.number().positive().optional(),
    /** Missing data lets it pass, with a warning. */
    mayBeUnknown: z.boolean().default(false),
    /** Not even an emergency passes it over. */
    evenInEmergency: z.boolean().default(false),
  })
  .refine(({ check, maxAgeMinutes }) => maxAgeMinutes === undefined || !measuredNow(check), {
    error: `maxAgeMinutes is not for ${BUILT_IN_CHECKS.filter(measuredNow).join(', ')}: they are made when they are asked for`,
    path: ['maxAgeMinutes'],
  });

/** What has no age, because it is looked at when it is needed. */
function measuredNow(check: string): boolean {
  return isBuiltIn(check) && check !== 'rollback-ready';
}

const periods = (most: number) =>
  count.multipleOf(PERIOD_MINUTES, `must be a multiple of ${PERIOD_MINUTES}`).max(most);

const BurnRate = z
  .strictObject({
    longMinutes: periods(MOST_LONG_MINUTES),
    shortMinutes: periods(MOST_LONG_MINUTES),
    /** So many times as fast as would spend the budget exactly in its window. */
    rate: z.number().positive(),
    verdict: z.enum(['warn', 'fail']).default('fail'),
  })
  .refine(({ longMinutes, shortMinutes }) => shortMinutes < longMinutes, {
    error: 'must be shorter than longMinutes',
    path: ['shortMinutes'],
  });

const ErrorBudget = z.strictObject({
  /** So many percent of the requests succeed. */
  objectivePercent: z
    .number()
    .min(50)
    .max(100 - OBJECTIVE_STEP, 'must be less than 100: without a budget nothing could ever be changed')
    .multipleOf(OBJECTIVE_STEP, 'has at most four digits after the point'),
  windowDays: count.max(MOST_WINDOW_DAYS).default(MOST_WINDOW_DAYS),
  /** Fewer requests in a window prove nothing; `thresholds.minimumRequests` when not given. */
  minimumRequests: count.optional(),
  /** So much of the window's days have to have requests. */
  coverage: z.number().min(0).max(1).default(0.5),
  burnRates: z
    .array(BurnRate)
    .max(5)
    .default(
      BURN_RATE_DEFAULTS.map(({ longSeconds, shortSeconds, rate, verdict }) => ({
        longMinutes: longSeconds / 60,
        shortMinutes: shortSeconds / 60,
        rate,
        verdict,
      })),
    ),
});

/** What has to hold before a service is changed (P-15, P-16), as a team writes it. */
export const GateSchema = z
  .strictObject({
    requires: z
      .array(Requirement)
      .max(MOST_REQUIREMENTS)
      .refine((all) => new Set(all.map(({ check }) => check)).size === all.length, {
        error: 'must name each check once',
      })
      .default([]),
    /** Its own check, `error-budget`, is required where this is given. */
    errorBudget: ErrorBudget.optional(),
  })
  .refine(({ requires, errorBudget }) => requires.length > 0 || errorBudget !== undefined, {
    error: 'must require something: name checks under requires, or give an errorBudget',
  })
  .refine(
    ({ requires, errorBudget }) =>
      errorBudget !== undefined || !requires.some(({ check }) => check === 'error-budget'),
    {
      error: 'must be given where error-budget is required: objectivePercent at least',
      path: ['errorBudget'],
    },
  );
export type GateConfig = z.output<typeof GateSchema>;
