import { setTimeout as pause } from 'node:timers/promises';
import type { MetricAssertion, MetricSelector } from '../../../schemas/health/metric-assertion.ts';
import type { MetricsHealth } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { ProbeFailure } from '../../http/probe/failure.ts';
import type { ProbeSettings } from '../../http/probe/probe.ts';
import { keyOf } from '../../prometheus/collect.ts';
import { judgeMetric } from '../../prometheus/judge-metric.ts';
import { needsTwoScrapes, subjectOf, wantedBy } from '../../prometheus/metric-assertion.ts';
import { judgeScrape, type Scrape, scrape } from '../../prometheus/scrape.ts';
import { finding } from '../findings.ts';
import type { CheckKind } from '../handled-by.ts';
import type { Part } from '../look-at-all.ts';
import { whoAnswered } from './same-process.ts';

/** Two scrapes and the time between them have to fit into the time of all checks. */
const SCRAPE_LIMITS = { firstByteMilliseconds: 8000, wholeMilliseconds: 12_000 };
/** Another task has answered: asked so often in all, one of a handful of tasks is met again. */
const MOST_SECOND_SCRAPES = 5;

/** Metric that client libraries of Prometheus tell by themselves. */
const PROCESS_START: MetricSelector = { name: 'process_start_time_seconds' };

interface Asserted {
  readonly kind: CheckKind;
  readonly check: string;
  readonly assertion: MetricAssertion;
}

/** Whether a service tells its metrics, and whether they are as they should be (P-06, P-08). */
export function metricsPart(target: ServiceTarget, metrics: MetricsHealth, settings: ProbeSettings): Part {
  const asserted = assertionsOf(target, metrics);
  return {
    kind: 'metrics',
    check: 'metrics',
    expected: 'metrics that can be read',
    look: async (signal) => {
      const { before, after } = await scrapes(metrics, asserted, {
        ...settings,
        hosts: [...settings.hosts, new URL(metrics.url).host],
        limits: { ...settings.limits, ...SCRAPE_LIMITS },
        signal,
      });
      return [
        finding('metrics', 'metrics', judgeScrape(after)),
        ...asserted.map(({ kind, check, assertion }) =>
          finding(kind, check, judgeMetric(assertion, after, before)),
        ),
      ];
    },
  };
}

function assertionsOf(
  { errorRatioLimitPercent, minimumRequests }: ServiceTarget,
  { assertions, errorRatio }: MetricsHealth,
): Asserted[] {
  const own = assertions.map(
    (assertion): Asserted => ({ kind: 'metrics', check: `metrics: ${subjectOf(assertion)}`, assertion }),
  );
  if (errorRatio === undefined) return own;
  const { requests, errors, over } = errorRatio;
  const assertion: MetricAssertion = {
    kind: 'ratio',
    // A counter of errors may appear with the first of them.
    of: { absentIsZero: true, ...errors },
    to: requests,
    over,
    minimum: minimumRequests,
    atMost: errorRatioLimitPercent / 100,
  };
  return [{ kind: 'error ratio', check: 'error ratio', assertion }, ...own];
}

type Scraped = Scrape | ProbeFailure;

/** One scrape, or two of the same process with some time in between. */
async function scrapes(
  { url, secondsBetween }: MetricsHealth,
  asserted: readonly Asserted[],
  settings: ProbeSettings & { readonly signal: AbortSignal },
): Promise<{ before?: Scraped; after: Scraped }> {
  const assertions = asserted.map(({ assertion }) => assertion);
  const wanted = [...wantedBy(assertions), { selector: PROCESS_START, series: false }];
  const scrapedAt = Date.now() / 1000;
  const before = await scrape({ url }, wanted, settings);
  if (before instanceof ProbeFailure || !assertions.some(needsTwoScrapes)) return { before, after: before };
  await pause(secondsBetween * 1000, undefined, { signal: settings.signal });
  for (let tries = 1; ; tries += 1) {
    const after = await scrape({ url }, wanted, settings);
    if (after instanceof ProbeFailure) return { before, after };
    const start = (one: Scrape) => one.selections.get(keyOf(PROCESS_START));
    if (whoAnswered(start(before), start(after), scrapedAt) !== 'another') return { before, after };
    if (tries === MOST_SECOND_SCRAPES)
      return { before: new ProbeFailure('not asked', 'was told by another task than the later ones'), after };
  }
}
