import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { reportOf } from '../../bin/command/gate.ts';
import { createDynamoDbService } from '../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSsmService } from '../../sandbox/services/ssm/ssm-service.ts';
import { ReportedCheck, reportedChecksId } from '../../schemas/gate.ts';
import { Parameter } from '../../schemas/names.ts';
import { aService } from '../functions/health/service/a-service.ts';
import { startServices } from '../sandbox/services/start-services.ts';
import { nightshift } from '../support/command.ts';
import { createTable } from '../support/point-functions.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let ssm: SSMClient;
let documents: DynamoDBClient;
let env: Record<string, string>;
const gate = (...words: string[]) => nightshift(['gate', 'report', ...words], { env });
const kept = async (check: string) => {
  const { Item } = await documents.send(
    new GetItemCommand({
      TableName: process.env.NIGHTSHIFT_RUN_TABLE,
      Key: { id: { S: reportedChecksId('api') }, sort: { S: check } },
    }),
  );
  return Item && unmarshall(Item);
};

describe('nightshift gate report', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    services = await startServices([createSsmService, createDynamoDbService]);
    const { endpoint, region, credentials } = services.client;
    env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
    ssm = new SSMClient(services.client);
    documents = new DynamoDBClient(services.client);
    const put = (Name: string, value: unknown) =>
      ssm.send(new PutParameterCommand({ Name, Type: 'String', Value: JSON.stringify(value) }));
    const requires = ['unit-tests', 'staging-migrated', 'rollback-ready'].map((check) => ({
      check,
      maxAgeSeconds: 3600,
      mayBeUnknown: false,
      evenInEmergency: false,
    }));
    const service = aService('http://127.0.0.1:9');
    await put(Parameter.target('nightshift', 'service', 'api'), { ...service, gate: { requires } });
    await put(Parameter.target('nightshift', 'service', 'worker'), { ...service, name: 'worker' });
    const places = ['lockTable', 'waitTable', 'historyTable', 'reportBucket', 'noticeTopic', 'pageTopic'];
    await put(Parameter.stores('nightshift'), {
      ...Object.fromEntries(places.map((name) => [name, name])),
      runTable: process.env.NIGHTSHIFT_RUN_TABLE,
    });
  }, 60_000);
  afterAll(async () => {
    ssm?.destroy();
    documents?.destroy();
    await services?.close();
    vi.unstubAllEnvs();
  });

  it('keeps what a pipeline says, so that a gate can read it', async () => {
    const evidence = 'https://ci.example.com/runs/42';
    const { code, stdout, stderr } = await gate(
      'api',
      'unit-tests',
      '--passed',
      '--evidence',
      evidence,
      '--by',
      'pipeline',
      '--valid-for',
      '90',
    );
    expect([stderr, stdout, code]).toEqual(['', 'Reported: unit-tests of service/api passed.\n', 0]);
    const item = await kept('unit-tests');
    const { at, validUntil, ...report } = ReportedCheck.parse(item);
    expect(report).toEqual({ check: 'unit-tests', passed: true, by: 'pipeline', evidence });
    expect(Date.parse(validUntil ?? '') - Date.parse(at)).toBe(90 * 60_000);
    expect(item?.expiresAt).toBeGreaterThan(Date.now() / 1000 + 80 * 86_400);
  });

  it('lets the newest word count', async () => {
    await gate('api', 'staging-migrated', '--passed');
    const { code, json } = await gate('api', 'staging-migrated', '--failed', '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ service: 'api', check: 'staging-migrated', passed: false });
    expect((await kept('staging-migrated'))?.passed).toBe(false);
  });

  it.each([
    [['apo', 'unit-tests'], '"apo" is not a declared service. Did you mean "api"? Known: api, worker.'],
    [
      ['api', 'unit-test'],
      '"unit-test" is not a check that the gate of api requires. Did you mean "unit-tests"? Known: staging-migrated, unit-tests. Nothing was reported.',
    ],
    [
      ['worker', 'unit-tests'],
      'The service worker has no gate: declare services.worker.gate in the configuration, and deploy it. Nothing was reported.',
    ],
  ])('of %j is answered with what was meant', async (words, message) => {
    const { code, stderr } = await gate(...words, '--passed');
    expect([stderr.trim(), code]).toEqual([message, 2]);
  });

  it('says that there is no Nightshift here', async () => {
    const { code, stderr } = await gate('api', 'unit-tests', '--passed', '--deployment', 'other');
    expect(stderr).toContain('There is no Nightshift named "other" here.');
    expect(code).toBe(1);
  });
});

describe('what is reported', () => {
  const NOW = new Date('2026-11-21T03:00:00Z');
  const url = 'https://ci.example.com/';
  it.each([
    [{}, 'unit-tests', '--passed or --failed'],
    [{ passed: true, failed: true }, 'unit-tests', '--passed or --failed'],
    [{ passed: true }, 'Unit tests', 'is not the name of a check'],
    [{ passed: true }, 'error-budget', 'a check that Nightshift makes itself'],
    [{ passed: true, evidence: 'run 42' }, 'unit-tests', '--evidence must be an address'],
    [{ passed: true, evidence: 'javascript:alert(1)' }, 'unit-tests', '--evidence must be an address'],
    [{ passed: true, evidence: `${url}${'x'.repeat(500)}` }, 'unit-tests', '--evidence must be an address'],
    [{ passed: true, evidence: 'https://user:word@ci.example.com/' }, 'unit-tests', 'looks like a secret'],
    [{ passed: true, evidence: `${url}?token=abc` }, 'unit-tests', 'looks like a secret'],
    [{ passed: true, evidence: `${url}?X-Amz-Signature=abc` }, 'unit-tests', 'looks like a secret'],
    [{ passed: true, by: 'x'.repeat(101) }, 'unit-tests', '--by must be a name'],
    [{ passed: true, validFor: '0' }, 'unit-tests', '--valid-for must be a number of minutes'],
    [{ passed: true, validFor: 'soon' }, 'unit-tests', '--valid-for must be a number of minutes'],
  ])('is refused as %j of %s', (options, check, message) => {
    expect(() => reportOf(check, options, NOW)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });
});
