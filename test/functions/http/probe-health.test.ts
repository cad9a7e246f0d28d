import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../functions/http/probe-health.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { Evidence } from '../../../schemas/run.ts';
import { CONTEXT, startActing } from '../../support/acting-run.ts';
import { serveHttp, type TestServer } from '../../support/http-server.ts';
import { aHttpHealth, aService } from '../health/service/a-service.ts';

/** A shop that has been rolled back; `items` is why. */
describe('probe-health', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let server: TestServer;
  let items: string;

  beforeAll(async () => {
    world = await startActing([]);
    const listener: RequestListener = ({ url }, response) =>
      void response.end(url === '/items' ? items : '{"status":"ok"}');
    server = await serveHttp(listener);
  }, 60_000);
  afterAll(async () => {
    await server?.close();
    await world?.stop();
  });

  async function probe(id: string) {
    const { run } = await world.beginRun(id, 'roll-back-service', 'service/api');
    const endpoint = { name: 'items', path: '/items', status: [200], ready: false };
    const http = aHttpHealth({ endpoints: [{ ...endpoint, json: [{ path: '$[*].name' }] }] });
    const target = aService(`http://${server.host}`, { http });
    const step = handler as (event: unknown, context: never) => Promise<unknown>;
    const evidence = Evidence.parse(await step(JSON.parse(JSON.stringify({ run, target })), CONTEXT));
    const noted = (await readAuditLog(id)).map(({ summary }) => summary);
    return { evidence, noted };
  }

  it('proves that the symptom is gone, with a check of its own', async () => {
    items = '[{"name":"item 1"}]';
    const { evidence, noted } = await probe('run-1');
    expect(evidence.passed).toBe(true);
    expect(evidence.checks.map(({ name }) => name)).toEqual(['liveness', 'readiness', 'items']);
    expect(noted).toContain('Passed: items: /items answered 200 5 times.');
  });

  it('has not passed while the symptom is still there, however healthy the service says it is', async () => {
    items = '[{"title":"item 1"}]';
    const { evidence, noted } = await probe('run-2');
    expect(evidence.passed).toBe(false);
    expect(evidence.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['liveness', true],
      ['readiness', true],
      ['items', false],
    ]);
    expect(noted).toContainEqual(expect.stringMatching(/^FAILED: items: \/items answered 200, but /));
  });
});
