import * as z from 'zod/mini';
import { Judgement } from '../finding.ts';

/** One thing that is not as the rules want it. Never contains the value of a variable: its kind or its length at most. */
export const Problem = z.extend(Judgement, {
  verdict: z.enum(['warn', 'unknown', 'fail']),
  /** Where the rule stands under `preflight`: `require[3]`, `formats.PORT`; `env-file` for how the file is written. */
  rule: z.string(),
  /** The variables concerned; several where one of them would do. */
  variables: z.array(z.string()),
  /** Line of the env file, counted from 1. */
  line: z.optional(z.number()),
  /** What a person can do about it. */
  hint: z.string(),
});
export type Problem = z.infer<typeof Problem>;
