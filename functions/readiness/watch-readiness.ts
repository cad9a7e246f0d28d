import * as z from 'zod/mini';
import { READINESS_QUESTIONS } from '../../schemas/readiness.ts';
import type { ReadinessReport } from '../../schemas/readiness-report.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { finding } from '../health/findings.ts';
import { withinTime } from '../health/look-at-all.ts';
import { whyNotLooked } from '../health/why-not-looked.ts';
import { inParallel } from '../in-parallel.ts';
import { readTargets } from '../run/directory.ts';
import { logger } from '../step/observability.ts';
import { type StepTools, step } from '../step.ts';
import { lookAtReadiness } from './look-at-readiness.ts';
import { publishReadiness } from './publish-readiness.ts';
import { readinessReport } from './readiness-report.ts';
import { type SharedLook, sharedLook } from './shared-look.ts';

const Input = z.unknown();
const Output = z.object({
  ready: z.number(),
  /** Those that are not, a line each. */
  notReady: z.array(z.string()),
  /** Number of further ones. */
  omitted: z.number(),
});
type Output = z.infer<typeof Output>;

/** IAM answers some twenty questions a second, and each service asks three or four. */
const AT_A_TIME = 4;
/** For all services together: what is not looked at by then is unknown. The function is given a minute more. Milliseconds. */
const BUDGET_MILLISECONDS = 540_000;
const MOST_LINES = 50;

/** Asks of every declared service whether it could be rolled back now, and tells CloudWatch: an alarm watches the figure. */
export const handler = step({
  name: 'watch-readiness',
  phase: 'verify',
  input: Input,
  output: Output,
  run: watch,
});

async function watch(_input: unknown, tools: StepTools): Promise<Output> {
  const targets = (await readTargets('service')).filter((target) => target.kind === 'service');
  const shared = sharedLook();
  const reports = await withinTime(BUDGET_MILLISECONDS, tools.signal, (signal) =>
    inParallel(targets, AT_A_TIME, (target) => lookAndTell(target, shared, signal)),
  );
  const notReady = reports.filter(({ passed }) => !passed).map(({ line }) => line);
  return {
    ready: reports.length - notReady.length,
    notReady: notReady.slice(0, MOST_LINES),
    omitted: Math.max(0, notReady.length - MOST_LINES),
  };
}

/** Whatever becomes of one service, the others are looked at too. */
async function lookAndTell(
  target: ServiceTarget,
  shared: SharedLook,
  signal: AbortSignal,
): Promise<ReadinessReport> {
  let report: ReadinessReport;
  try {
    report = await lookAtReadiness(target, shared, signal);
  } catch (error) {
    report = notLookedAt(target, whyNotLooked(error));
  }
  try {
    await publishReadiness(report);
  } catch (error) {
    // CloudWatch was told before; what is kept grows old, and a gate notices.
    logger.warn('the answer could not be kept', { target: report.target, why: (error as Error).name });
  }
  return report;
}

function notLookedAt(target: ServiceTarget, why: string): ReadinessReport {
  const at = new Date();
  const judgement = { verdict: 'unknown', observed: why, expected: 'it can be looked at' } as const;
  return readinessReport(target, [finding('readiness', READINESS_QUESTIONS[0], judgement, at)], [], at);
}
