import * as z from 'zod/mini';
import { CheckReport } from './health.ts';
import { Evidence } from './run.ts';

/** Yes or no, with reasons. */
export const GateDecision = z.extend(CheckReport, {
  /** It is evidence, too: passed where the gate is open. */
  ...Evidence.shape,
  open: z.boolean(),
  /** Whether anybody has said what has to hold. */
  declared: z.boolean(),
  /** Checks among those that keep it closed which not even an emergency passes over. */
  firm: z.array(z.string()),
  /** Why it is not open, or would not be without the override; one sentence each. */
  reasons: z.array(z.string()),
  /** Who said that it is an emergency gave this reason, and it let these be passed over. */
  override: z.optional(z.object({ reason: z.string(), checks: z.array(z.string()) })),
});
export type GateDecision = z.infer<typeof GateDecision>;
