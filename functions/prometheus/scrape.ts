import type { Judgement } from '../../schemas/finding.ts';
import { ProbeFailure, verdictOf } from '../http/probe/failure.ts';
import type { ProbeLimits } from '../http/probe/limits.ts';
import { type ProbeSettings, probe } from '../http/probe/probe.ts';
import { type Collected, createCollector, type Wanted } from './collect.ts';

/** What one scrape may take. */
export const SCRAPE_LIMITS: Partial<ProbeLimits> = {
  // An exporter gathers everything before its first byte.
  firstByteMilliseconds: 10_000,
  // Some two million series, which nobody should have, take some seconds to read.
  wholeMilliseconds: 30_000,
  // Three times what two million series take, in bytes; none of it is kept.
  bytes: 512 * 1_048_576,
};

/** Metrics of one moment. */
export interface Scrape extends Collected {
  /** On a clock that is never put back; milliseconds. */
  readonly atMilliseconds: number;
  readonly bytes: number;
}

/** Reads what is wanted of the metrics at an address (P-06, P-08). A text that was not read to its end is a failure, not less data. */
export async function scrape(
  request: { readonly url: string; readonly headers?: Readonly<Record<string, string>> },
  wanted: readonly Wanted[],
  settings: Omit<ProbeSettings, 'receive'>,
): Promise<Scrape | ProbeFailure> {
  const collector = createCollector(wanted);
  let openMetrics = false;
  const answer = await probe(
    {
      ...request,
      headers: {
        accept: 'text/plain;version=0.0.4,*/*;q=0.1',
        'accept-encoding': 'gzip',
        ...request.headers,
      },
    },
    {
      ...settings,
      limits: { ...SCRAPE_LIMITS, ...settings.limits },
      receive: ({ status, headers }) => {
        openMetrics = headers['content-type']?.startsWith('application/openmetrics-text') ?? false;
        return status === 200 ? collector.write : undefined;
      },
    },
  );
  const atMilliseconds = performance.timeOrigin + performance.now();
  if (answer instanceof ProbeFailure) return answer;
  const { status, truncated, bytes } = answer;
  if (status !== 200) return new ProbeFailure('protocol', `answered ${status} instead of metrics`, status);
  if (truncated)
    return new ProbeFailure(
      'too large',
      `answered more than the ${bytes} bytes of metrics that are read`,
      status,
    );
  const collected = collector.end();
  if (collected.samples === 0)
    return new ProbeFailure('protocol', 'answered something without metrics', status);
  if (openMetrics && !collected.ended)
    return new ProbeFailure('protocol', 'answered metrics whose end is missing', status);
  return { ...collected, atMilliseconds, bytes };
}

/** Judges whether metrics can be read at all (P-08). */
export function judgeScrape(result: Scrape | ProbeFailure): Judgement {
  const expected = 'metrics that can be read';
  if (result instanceof ProbeFailure)
    return { verdict: verdictOf(result), observed: result.message, expected };
  const { samples, broken } = result;
  return {
    verdict: broken === 0 ? 'pass' : 'warn',
    observed: `${samples} samples${broken === 0 ? '' : `, ${broken} broken lines`}`,
    expected,
  };
}
