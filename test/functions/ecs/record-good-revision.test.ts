import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeErrorRatio } from '../../../functions/cloudwatch/error-ratio.ts';
import { describeService } from '../../../functions/ecs/describe-service.ts';
import { readGoodRevisions } from '../../../functions/ecs/good-revisions.ts';
import { handler, whyNotGood } from '../../../functions/ecs/record-good-revision.ts';
import { createCloudWatchService } from '../../../sandbox/services/cloudwatch/cloudwatch-service.ts';
import { HEALTH_DEFAULTS, type HttpHealth } from '../../../schemas/health.ts';
import { serveHttp, type TestServer } from '../../support/http-server.ts';
import { LAMBDA_CONTEXT } from '../../support/point-functions.ts';
import { aRegion } from '../readiness/a-region.ts';

const service = {
  deployments: [
    { id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition: 'api:2', rolloutState: 'COMPLETED' as const },
  ],
  desiredCount: 1,
  runningCount: 1,
  pendingCount: 0,
};

const WELL = [
  { name: 'liveness', verdict: 'pass', measured: '/live answered 200 5 times' },
  { name: 'items', verdict: 'pass', measured: '/items answered 200 5 times' },
] as const;

describe('whyNotGood', () => {
  it.each([
    ['healthy all through', 'ecs-svc/1', [], [], undefined],
    ['replaced by another deployment', 'ecs-svc/0', [], [], 'another deployment has taken its place'],
    ['red now', 'ecs-svc/1', [{ name: 'a', state: 'ALARM', since: '' }], [], 'in ALARM: a'],
    [
      'red for a while',
      'ecs-svc/1',
      [{ name: 'a', state: 'OK', since: '' }],
      ['a'],
      'went off during the bake time: a',
    ],
  ])('a deployment that was %s', (_, deployment, alarms, wentOff, expected) => {
    expect(whyNotGood(service, deployment, alarms, wentOff, undefined, WELL)).toBe(expected);
  });

  it.each([
    [{ requests: 200, errors: 0 }, undefined],
    [{ requests: 200, errors: 20 }, 'in its bake time 10.00 % of 200 requests failed, limit 1 %'],
    // Nobody calls it at night: its health checks and alarms are what there is.
    [{ requests: 3, errors: 3 }, undefined],
  ])('whose balancer counted %j', (counts, expected) => {
    const errorRatio = judgeErrorRatio(
      counts,
      { errorRatioLimitPercent: 1, minimumRequests: 20 },
      new Date(),
    );
    expect(whyNotGood(service, 'ecs-svc/1', [], [], errorRatio, WELL)).toBe(expected);
  });

  it('of one that answers wrongly, where nothing graver is known', () => {
    const wrong = [...WELL, { name: 'prices', verdict: 'fail', measured: '/prices answered 500' }] as const;
    expect(whyNotGood(service, 'ecs-svc/1', [], [], undefined, wrong)).toBe(
      'does not answer as it declares: prices: /prices answered 500',
    );
    expect(whyNotGood(service, 'ecs-svc/0', [], [], undefined, wrong)).toBe(
      'another deployment has taken its place',
    );
  });

  it('is not good while a task is missing', () => {
    expect(whyNotGood({ ...service, runningCount: 0 }, 'ecs-svc/1', [], [], undefined, WELL)).toBe(
      '0 of 1 tasks run, 0 are pending',
    );
  });
});

/** A service whose declared addresses a server of the test's own answers. */
describe('record-good-revision', { timeout: 60_000 }, () => {
  let region: Awaited<ReturnType<typeof aRegion>>;
  let server: TestServer;
  let answer: RequestListener;
  const good: RequestListener = ({ url }, response) =>
    void response.end(url === '/items' ? '[{"id":1,"name":"item 1"}]' : '{"status":"ok","version":"2"}');
  const items = { name: 'items', path: '/items', status: [200], ready: false, json: [{ path: '$[*].name' }] };

  beforeAll(async () => {
    region = await aRegion([createCloudWatchService]);
    server = await serveHttp((request, response) => answer(request, response));
  }, 60_000);
  afterAll(async () => {
    await server?.close();
    await region?.stop();
  });

  /** What the step says of a new service that answers like this, and what it has recorded. */
  async function record(listener: RequestListener, http: Partial<HttpHealth> = {}, baseUrl?: string) {
    answer = listener;
    const { target, revisions } = await region.aTeam({ good: [] });
    await region.declare({
      ...target,
      baseUrl: baseUrl ?? `http://${server.host}`,
      health: { ...HEALTH_DEFAULTS, http: { ...HEALTH_DEFAULTS.http, ...http } },
    });
    const service = await describeService(target);
    const step = handler as (event: unknown, context: never) => Promise<unknown>;
    const output = await step(
      {
        service: target.name,
        deploymentId: service.deployments?.[0]?.id,
        completedAt: new Date().toISOString(),
      },
      LAMBDA_CONTEXT,
    ).catch((error: Error) => error);
    const kept = await readGoodRevisions(`${target.cluster}/${target.service}`);
    return { output, kept: kept.map(({ revision }) => revision), revisions };
  }

  it('records a release that answers as it declares', async () => {
    const { output, kept, revisions } = await record(good, {
      endpoints: [items],
      readinessJson: [{ path: '$.version', equals: '2' }],
    });
    expect(output).toEqual({ recorded: true, why: '' });
    expect(kept).toEqual([revisions.at(-1)]);
  });

  it.each<[string, RequestListener, Partial<HttpHealth>, RegExp]>([
    [
      'answers 200 wrongly',
      ({ url }, response) => void response.end(url === '/items' ? '[{"id":1,"title":"item 1"}]' : ''),
      { endpoints: [items] },
      /^does not answer as it declares: items: \/items answered 200, but \$\[\*\]\.name is not there/,
    ],
    [
      'says something else when it is ready',
      good,
      { readinessJson: [{ path: '$.version', equals: '3' }] },
      /^does not answer as it declares: readiness: \/ready answered 200, but .*, wanted \$\.version is "3"/,
    ],
    [
      'is not ready',
      (_, response) => void response.end('{"status":"ok","checks":{"queue":"down"}}'),
      {},
      /readiness: \/ready is not ready: queue/,
    ],
    ['breaks connections off', (request) => request.socket.resetAndDestroy(), {}, /could not be reached/],
  ])('does not record one that %s', async (_, listener, http, why) => {
    const { output, kept } = await record(listener, http);
    expect(output).toEqual({ recorded: false, why: expect.stringMatching(why) });
    expect(kept).toEqual([]);
  });

  it('does not lose one for a single unlucky answer', async () => {
    let unlucky = 1;
    const { output } = await record((request, response) => {
      if (unlucky-- > 0) response.writeHead(502).end('a task is just being replaced');
      else good(request, response);
    });
    expect(output).toEqual({ recorded: true, why: '' });
  });

  it('asks nothing more than is declared', async () => {
    const asked = new Set<string>();
    const { output } = await record((request, response) => {
      asked.add(request.url ?? '');
      good(request, response);
    });
    expect(output).toEqual({ recorded: true, why: '' });
    expect([...asked]).toEqual(['/live', '/ready']);
  });

  it('does not record what could not be looked at, and is tried again', async () => {
    // Nobody may ask there, so nothing is known of the service.
    const { output, kept } = await record(good, {}, 'http://169.254.169.254');
    expect(output).toMatchObject({
      name: 'Transient',
      message: expect.stringMatching(/answers as it declares could not be seen: liveness: \/live may not/),
    });
    expect(kept).toEqual([]);
  });
});
