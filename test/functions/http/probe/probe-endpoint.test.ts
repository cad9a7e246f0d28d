import type { RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { judgeLatency, sample } from '../../../../functions/http/probe/latency.ts';
import { probeEndpoint } from '../../../../functions/http/probe/probe-endpoint.ts';
import { serveHttp } from '../../../support/http-server.ts';

async function probe(
  listener: RequestListener,
  expectation: Parameters<typeof probeEndpoint>[1],
  signal?: AbortSignal,
) {
  const server = await serveHttp(listener);
  try {
    const findings = await probeEndpoint({ url: `http://${server.host}/ready` }, expectation, {
      hosts: [server.host],
      allowLoopback: true,
      limits: { wholeMilliseconds: 500 },
      ...(signal === undefined ? {} : { signal }),
    });
    return Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
  } finally {
    await server.close();
  }
}
const EXPECTATION = {
  ready: true,
  json: [{ path: '$.version', equals: 7 }],
  latency: { samples: 5, p95Milliseconds: 400 },
  correlation: { send: 'x-correlation-id' },
};
const good: RequestListener = (request, response) => {
  response.setHeader('x-correlation-id', String(request.headers['x-correlation-id']));
  response.end('{"status":"ok","version":7,"checks":{"database":"ok"}}');
};

it('answers every check that is named', async () => {
  expect(await probe(good, EXPECTATION)).toEqual({
    answer: 'pass',
    readiness: 'pass',
    '$.version': 'pass',
    latency: 'pass',
    'correlation id': 'pass',
  });
  expect(await probe(good, {})).toEqual({ answer: 'pass' });
});

it('is not soothed by the good answers among which one is bad', async () => {
  let count = 0;
  const listener: RequestListener = (request, response) => {
    count += 1;
    if (count === 4) response.writeHead(500).end('<html>');
    else good(request, response);
  };
  expect(await probe(listener, EXPECTATION)).toMatchObject({
    answer: 'fail',
    readiness: 'fail',
    '$.version': 'fail',
  });
});

it('stops asking what does not answer', async () => {
  let count = 0;
  const listener: RequestListener = () => {
    count += 1;
  };
  expect(await probe(listener, { ...EXPECTATION, latency: { samples: 50 } })).toEqual({
    answer: 'fail',
    readiness: 'unknown',
    '$.version': 'unknown',
    latency: 'unknown',
    'correlation id': 'unknown',
  });
  expect(count).toBe(3);
});

it('goes on no longer than it takes to see that it is slow', async () => {
  const server = await serveHttp((request, response) => void setTimeout(() => good(request, response), 60));
  const settings = { hosts: [server.host], allowLoopback: true };
  const results = await sample({ url: `http://${server.host}/` }, settings, 50, 100);
  const none = await sample({ url: `http://${server.host}/` }, settings, 50, 0);
  await server.close();
  expect(results.length).toBeLessThan(3);
  expect(none).toHaveLength(1);
  expect(judgeLatency(results, { p50Milliseconds: 50 }, 50).verdict).toBe('fail');
  // Fewer than were wanted prove nothing good.
  expect(judgeLatency(results, { p50Milliseconds: 60_000 }, 50).verdict).toBe('unknown');
});

it('knows nothing of what it had no time to ask', async () => {
  expect(await probe(good, EXPECTATION, AbortSignal.abort())).toEqual({ answer: 'unknown' });
});

it('says that plain HTTP has no certificate to look at', async () => {
  expect(await probe(good, { certificate: {} })).toEqual({ answer: 'pass', certificate: 'unknown' });
});
