import * as z from 'zod/mini';

/**
 * What a check found. `unknown` is not a mild `pass`: what could not be looked at, or has no data, proves nothing.
 */
export const Verdict = z.enum(['pass', 'warn', 'fail', 'unknown']);
export type Verdict = z.infer<typeof Verdict>;

/** What was found and what should have been; neither holds secrets or rows. */
export const Judgement = z.object({
  verdict: Verdict,
  /** With its unit: `p95 212 ms of 20 samples`. */
  observed: z.string(),
  expected: z.string(),
  /** What a person can do about it. */
  next: z.optional(z.string()),
});
export type Judgement = z.infer<typeof Judgement>;

/** One check's answer. */
export const Finding = z.extend(Judgement, {
  check: z.string(),
  /** When it was looked at (ISO 8601). */
  at: z.string(),
  /** Runbook that handles it. */
  runbook: z.optional(z.string()),
});
export type Finding = z.infer<typeof Finding>;

const GRAVITY: readonly Verdict[] = ['pass', 'warn', 'unknown', 'fail'];

/** The gravest of several verdicts; nothing looked at is `unknown`. */
export function gravest(verdicts: readonly Verdict[]): Verdict {
  return GRAVITY.findLast((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}
