import * as z from 'zod/mini';

/** Checks that Nightshift makes itself; all others are reported by a pipeline. */
export const BUILT_IN_CHECKS = ['metrics-healthy', 'rollback-ready', 'drill-passed', 'error-budget'] as const;
export type BuiltInCheck = (typeof BUILT_IN_CHECKS)[number];
export const isBuiltIn = (check: string): check is BuiltInCheck =>
  (BUILT_IN_CHECKS as readonly string[]).includes(check);

/** Name of a check: it is part of a key, and typed at a prompt. */
export const CHECK_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** One check that has to have passed. */
export const GateRequirement = z.object({
  check: z.string(),
  /** An older report proves nothing. */
  maxAgeSeconds: z.number(),
  /** Whether it lets pass what is unknown. */
  mayBeUnknown: z.boolean(),
  /** Not even a reason lets it be passed over. */
  evenInEmergency: z.boolean(),
});
export type GateRequirement = z.infer<typeof GateRequirement>;

/** Burning in a long window, and still in a short one: what is over does not count, and neither does a moment. */
export const BurnRateLimit = z.object({
  longSeconds: z.number(),
  shortSeconds: z.number(),
  /** So many times as fast as would spend the budget exactly in its window. */
  rate: z.number(),
  /** What it is when both windows are above it. */
  verdict: z.enum(['warn', 'fail']),
});
export type BurnRateLimit = z.infer<typeof BurnRateLimit>;

/** How many requests may fail, and how fast that may be spent (P-16). */
export const ErrorBudgetPolicy = z.object({
  /** So many percent of the requests succeed; four digits after the point count. */
  objectivePercent: z.number(),
  windowDays: z.number(),
  /** Fewer requests in a window prove nothing. */
  minimumRequests: z.number(),
  /** So much of the window's days have to have requests; from 0 to 1. */
  coverage: z.number(),
  burnRates: z.array(BurnRateLimit),
});
export type ErrorBudgetPolicy = z.infer<typeof ErrorBudgetPolicy>;

/**
 * For a window of 30 days, 2 % of the budget in an hour and 5 % in six; 10 % in three days is worth a warning.
 *
 * @see https://sre.google/workbook/alerting-on-slos/
 */
export const BURN_RATE_DEFAULTS: readonly BurnRateLimit[] = [
  { longSeconds: 3600, shortSeconds: 300, rate: 14.4, verdict: 'fail' },
  { longSeconds: 21_600, shortSeconds: 1800, rate: 6, verdict: 'fail' },
  { longSeconds: 259_200, shortSeconds: 21_600, rate: 1, verdict: 'warn' },
];

/** What has to hold before a service is changed (P-15). Stored with its target. */
export const GatePolicy = z.object({
  requires: z.array(GateRequirement),
  /** Present where `error-budget` is required. */
  errorBudget: z.optional(ErrorBudgetPolicy),
});
export type GatePolicy = z.infer<typeof GatePolicy>;

/** What a pipeline said of a check; the newest word counts. */
export const ReportedCheck = z.object({
  check: z.string(),
  passed: z.boolean(),
  /** By the clock of whoever reported it (ISO 8601). */
  at: z.string(),
  by: z.string(),
  /** Where it can be looked up. */
  evidence: z.optional(z.string()),
  /** It proves nothing after this (ISO 8601), however old it may be otherwise. */
  validUntil: z.optional(z.string()),
});
export type ReportedCheck = z.infer<typeof ReportedCheck>;

/** Id in the run table under which a service's reported checks lie; their names are the sort keys. */
export const reportedChecksId = (service: string): string => `gate#${service}`;
