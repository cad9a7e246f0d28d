import type { ReadinessLine } from '../../../schemas/daily-health.ts';
import { inParallel } from '../../in-parallel.ts';
import { type KeptReadiness, readReadiness } from '../../readiness/publish-readiness.ts';
import { duration } from '../../report/timings.ts';
import { logger } from '../../step/observability.ts';
import { shorten } from './shorten.ts';

const AT_A_TIME = 16;
const LONGEST_LINE = 240;
/** It is looked at every quarter of an hour: what is older than this says how old it is. Seconds. */
const FRESH_SECONDS = 3600;

/** Whether each service could be rolled back, as was seen when it was looked at last. */
export async function readReadinessLines(targets: readonly string[], now: Date): Promise<ReadinessLine[]> {
  return inParallel(targets, AT_A_TIME, async (target) => {
    try {
      return readinessLine(target, await readReadiness(target), now);
    } catch (error) {
      logger.warn('readiness could not be read', { target, why: (error as Error).name });
      return { target, ready: null, line: `${target}: the last answer could not be read` };
    }
  });
}

export function readinessLine(target: string, kept: KeptReadiness | undefined, now: Date): ReadinessLine {
  if (kept === undefined) return { target, ready: null, line: `${target}: nobody has looked lately` };
  const age = Math.floor((now.getTime() - Date.parse(kept.at)) / 1000);
  const old = age > FRESH_SECONDS ? ` (${duration(age)} ago)` : '';
  return { target, ready: kept.ready, line: `${shorten(kept.line, LONGEST_LINE)}${old}` };
}
