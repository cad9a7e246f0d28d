import type { Judgement } from '../../../schemas/finding.ts';
import { percentile } from '../../percentile.ts';
import { ProbeFailure } from './failure.ts';
import { type ProbeAnswer, type ProbeRequest, type ProbeSettings, probe } from './probe.ts';

/** A service that does not answer is not asked on and on. */
const MOST_UNANSWERED = 3;
/** Nor is one that is slow: as long as three that do not answer. Milliseconds. */
const MOST_SAMPLING_MILLISECONDS = 15_000;

export interface LatencyLimits {
  readonly p50Milliseconds?: number;
  readonly p95Milliseconds?: number;
}

/**
 * Asks several times, one after the other, each over a connection of its own.
 *
 * @param mostMilliseconds after which no further one is begun: fewer show well enough that they are slow
 */
export async function sample(
  request: ProbeRequest,
  settings: ProbeSettings,
  samples: number,
  mostMilliseconds = MOST_SAMPLING_MILLISECONDS,
): Promise<Array<ProbeAnswer | ProbeFailure>> {
  const results: Array<ProbeAnswer | ProbeFailure> = [];
  const started = performance.now();
  const unanswered = () => results.filter((result) => result instanceof ProbeFailure).length;
  const goesOn = () =>
    unanswered() < MOST_UNANSWERED &&
    !settings.signal?.aborted &&
    (results.length === 0 || performance.now() - started < mostMilliseconds);
  while (results.length < samples && goesOn()) results.push(await probe(request, settings));
  return results;
}

/**
 * Judges the times of several answers. One that did not come took for ever, so that it counts in the percentiles; where none came, or not
 * enough were asked for, nothing is known.
 *
 * @param wanted how many samples were meant to be taken
 */
export function judgeLatency(
  results: ReadonlyArray<Pick<ProbeAnswer, 'milliseconds'> | ProbeFailure>,
  limits: LatencyLimits,
  wanted: number,
): Judgement {
  const { p50Milliseconds = Number.POSITIVE_INFINITY, p95Milliseconds = Number.POSITIVE_INFINITY } = limits;
  const expected = [
    Number.isFinite(p50Milliseconds) ? `p50 at most ${p50Milliseconds} ms` : '',
    Number.isFinite(p95Milliseconds) ? `p95 at most ${p95Milliseconds} ms` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
  const times = results.map((result) =>
    result instanceof ProbeFailure ? Number.POSITIVE_INFINITY : result.milliseconds,
  );
  const answered = times.filter(Number.isFinite).length;
  if (answered === 0) return { verdict: 'unknown', observed: 'no answer to take the time of', expected };
  const p50 = percentile(times, 50);
  const p95 = percentile(times, 95);
  const observed = `p50 ${words(p50)}, p95 ${words(p95)} of ${times.length} samples${answered < times.length ? `, ${times.length - answered} without an answer` : ''}`;
  const slow = p50 > p50Milliseconds || p95 > p95Milliseconds;
  if (slow) return { verdict: 'fail', observed, expected };
  if (times.length < wanted)
    return { verdict: 'unknown', observed: `${observed}, of ${wanted} wanted`, expected };
  return { verdict: answered < times.length ? 'warn' : 'pass', observed, expected };
}

function words(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${Math.round(milliseconds)} ms` : 'without an answer';
}
