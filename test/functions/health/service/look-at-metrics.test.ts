import { describe, expect, it } from 'vitest';
import { lookAtAll } from '../../../../functions/health/look-at-all.ts';
import { metricsPart } from '../../../../functions/health/service/look-at-metrics.ts';
import { settingsFor } from '../../../../functions/http/declared-endpoints.ts';
import type { MetricsHealth } from '../../../../schemas/health.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { aService } from './a-service.ts';

const COUNTERS = { requests: { name: 'requests_total' }, errors: { name: 'errors_total' } };
const STARTED = 1_700_000_000;

/** Looks at a service that tells these metrics, one text a scrape, and the last one again and again. */
async function look(texts: readonly (string | number)[], change: Partial<MetricsHealth> = {}) {
  let scrapes = 0;
  const server = await serveHttp((_, response) => {
    const told = texts[Math.min(scrapes, texts.length - 1)] ?? '';
    scrapes += 1;
    if (typeof told === 'number') response.writeHead(told).end();
    else response.end(told);
  });
  try {
    const target = aService(`http://${server.host}`);
    const metrics: MetricsHealth = {
      url: `http://${server.host}/metrics`,
      secondsBetween: 0.01,
      assertions: [],
      ...change,
    };
    const part = metricsPart(target, metrics, settingsFor(target));
    const findings = await lookAtAll([part], new AbortController().signal);
    return { scrapes, found: new Map(findings.map((one) => [one.check, one])) };
  } finally {
    await server.close();
  }
}
const told = (requests: number | string, errors?: number | string, started: number = STARTED) =>
  [
    `process_start_time_seconds ${started}`,
    `requests_total ${requests}`,
    ...(errors === undefined ? [] : [`errors_total ${errors}`]),
    '',
  ].join('\n');
const since = { errorRatio: { ...COUNTERS, over: 'increase' as const } };
const total = { errorRatio: { ...COUNTERS, over: 'total' as const } };

describe('metrics of a service', () => {
  it.each<[string, (string | number)[], Partial<MetricsHealth>, string, RegExp]>([
    ['no errors yet', [told(100)], total, 'pass', /^0 \(0 of 100\)/],
    ['too many errors', [told(100, 2)], total, 'fail', /^0\.02 \(2 of 100\)/],
    ['too few requests', [told(19, 19)], total, 'unknown', /^19 of requests_total prove nothing/],
    ['errors of long ago', [told(1000, 50), told(1100, 50)], since, 'pass', /^0 \(0 of 100\)/],
    ['errors of now', [told(1000, 50), told(1100, 60)], since, 'fail', /^0\.1 \(10 of 100\)/],
    ['NaN', [told('NaN', 1)], total, 'unknown', /prove nothing/],
    ['errors that are NaN', [told(100, 'NaN')], total, 'unknown', /not a number/],
    ['endless errors', [told(100, '+Inf')], total, 'fail', /^Infinity/],
    ['no requests', ['errors_total 1\n'], total, 'unknown', /^there is no requests_total$/],
    ['nothing at the second time', [told(1000, 50), 503], since, 'unknown', /^no metrics: it answered 503/],
    [
      'another process all the time',
      [told(1000, 0), told(9000, 5000, STARTED + 60)],
      since,
      'unknown',
      /^no earlier metrics: it was told by another task/,
    ],
  ])('with %s', async (_, texts, change, verdict, words) => {
    const { found } = await look(texts, change);
    expect(found.get('error ratio')).toMatchObject({ verdict, observed: expect.stringMatching(words) });
  });

  it('of several processes are compared within one of them', async () => {
    const other = told(9000, 5000, STARTED + 60);
    const { scrapes, found } = await look([told(1000, 0), other, other, told(1100, 1)], since);
    expect(scrapes).toBe(4);
    expect(found.get('error ratio')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('1 of 100'),
    });
  });

  it('that began anew in between are counted from zero', async () => {
    const { found } = await look([told(5000, 40), told(100, 0, Date.now() / 1000)], since);
    expect(found.get('error ratio')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringMatching(/0 of 100.*began anew/),
    });
  });

  it('are held to the assertions, each by its name', async () => {
    const { found, scrapes } = await look([`${told(100, 1)}queue_depth{queue="mail"} 7\n`], {
      assertions: [
        { kind: 'sum', of: { name: 'queue_depth', labels: { queue: 'mail' } }, atMost: 5 },
        { kind: 'sum', of: { name: 'cache_keys' }, atLeast: 1 },
      ],
    });
    expect(scrapes).toBe(1);
    expect([...found].map(([check, { verdict }]) => [check, verdict])).toEqual([
      ['metrics', 'pass'],
      ['metrics: sum of queue_depth{queue="mail"}', 'fail'],
      ['metrics: sum of cache_keys', 'unknown'],
    ]);
  });

  it.each([
    ['HTML', '<html>', 'answered something without metrics'],
    ['404', 404, 'answered 404 instead of metrics'],
  ])('that are %s are none, and nothing is known by them', async (_, text, observed) => {
    const { found } = await look([text], total);
    expect(found.get('metrics')).toMatchObject({ verdict: 'fail', observed });
    expect(found.get('error ratio')?.verdict).toBe('unknown');
  });
});
