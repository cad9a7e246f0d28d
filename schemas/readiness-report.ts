import * as z from 'zod/mini';
import { CheckReport } from './health.ts';
import { Evidence } from './run.ts';

/** Whether a service could be rolled back now: a report of its checks that is evidence too. */
export const ReadinessReport = z.extend(CheckReport, {
  ...Evidence.shape,
  /** The same in one line, for the daily report. */
  line: z.string(),
});
export type ReadinessReport = z.infer<typeof ReadinessReport>;
