import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ProbeFailure } from '../../../functions/http/probe/failure.ts';
import { keyOf } from '../../../functions/prometheus/collect.ts';
import { judgeScrape, type Scrape, scrape } from '../../../functions/prometheus/scrape.ts';
import { serveHttp } from '../../support/http-server.ts';

const WANTED = [{ selector: { name: 'up' }, series: false }];

async function scrapeFrom(listener: RequestListener, limits = {}): Promise<Scrape | ProbeFailure> {
  const server = await serveHttp(listener);
  try {
    const settings = { hosts: [server.host], allowLoopback: true, limits };
    return await scrape({ url: `http://${server.host}/metrics` }, WANTED, settings);
  } finally {
    await server.close();
  }
}
const says =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4', ...headers }).end(body);
const OPEN_METRICS = { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' };

it.each([
  ['text', says('up 1\n')],
  ['compressed text', says(gzipSync('up 1\n'), { 'content-encoding': 'gzip' })],
  ['OpenMetrics', says('up 1\n# EOF\n', OPEN_METRICS)],
])('reads %s', async (_, listener) => {
  const result = await scrapeFrom(listener);
  if (result instanceof ProbeFailure) throw result;
  expect(result).toMatchObject({ samples: 1, broken: 0 });
  expect(result.selections.get(keyOf({ name: 'up' }))?.sum).toBe(1);
  expect(judgeScrape(result)).toMatchObject({ verdict: 'pass', observed: '1 samples' });
});

it.each([
  [
    'HTML',
    says('<html>Welcome</html>\n', { 'content-type': 'text/html' }),
    'fail',
    'something without metrics',
  ],
  ['JSON', says('{"status":"ok"}\n'), 'fail', 'something without metrics'],
  ['nothing', says(''), 'fail', 'something without metrics'],
  ['404', says('up 1\n', {}, 404), 'fail', 'answered 404 instead of metrics'],
  ['OpenMetrics without its end', says('up 1\n', OPEN_METRICS), 'fail', 'whose end is missing'],
  [
    'too much',
    says('up 1\n'.repeat(1000)),
    'unknown',
    'answered more than the 1000 bytes of metrics that are read',
  ],
  [
    'a bomb',
    says(gzipSync('up 1\n'.repeat(1_000_000)), { 'content-encoding': 'gzip' }),
    'unknown',
    'answered more than the 1000 bytes',
  ],
  [
    'a trickle',
    (_, response) => {
      const timer = setInterval(() => response.write('u'), 50);
      response.once('close', () => clearInterval(timer));
    },
    'fail',
    'did not answer within 500 ms as a whole',
  ],
  ['broken lines', says('up 1\nup{\n'), 'warn', '1 samples, 1 broken lines'],
] as Array<[string, RequestListener, string, string]>)(
  'judges %s',
  async (_, listener, verdict, observed) => {
    const result = await scrapeFrom(listener, { bytes: 1000, wholeMilliseconds: 500 });
    expect(judgeScrape(result)).toMatchObject({ verdict, observed: expect.stringContaining(observed) });
  },
);

it('takes the time of each on a clock that goes forward', async () => {
  const [first, second] = [await scrapeFrom(says('up 1\n')), await scrapeFrom(says('up 1\n'))];
  if (first instanceof ProbeFailure || second instanceof ProbeFailure) throw new Error('not scraped');
  expect(second.atMilliseconds).toBeGreaterThan(first.atMilliseconds);
});
