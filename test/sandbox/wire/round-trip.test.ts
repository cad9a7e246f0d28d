import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecs from '@aws-sdk/client-ecs';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Api } from '../../../sandbox/contract.ts';
import { describeApi, type OperationSchema } from '../../../sandbox/wire/operations.ts';
import { arbitraryShape } from './arbitrary-shape.ts';
import { operation, startTestWire } from './test-wire.ts';

/** Runs per client; each is one call over HTTP. */
const RUNS = 60;

// biome-ignore lint/suspicious/noExplicitAny: clients are taken by name.
type Any = any;

const cborProtocol = new SmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch' });
const queryProtocol = new AwsQueryProtocol({
  defaultNamespace: 'com.amazonaws.cloudwatch',
  xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  version: '2010-08-01',
});

const clients: Array<{ title: string; sdk: Any; client: string; signingName: string; protocol?: unknown }> = [
  { title: 'CloudWatch', sdk: cloudwatch, client: 'CloudWatchClient', signingName: 'monitoring' },
  {
    title: 'CloudWatch over CBOR',
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    signingName: 'monitoring',
    protocol: cborProtocol,
  },
  {
    title: 'CloudWatch over Query',
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    signingName: 'monitoring',
    protocol: queryProtocol,
  },
  { title: 'CloudWatch Logs', sdk: logs, client: 'CloudWatchLogsClient', signingName: 'logs' },
  { title: 'ECS', sdk: ecs, client: 'ECSClient', signingName: 'ecs' },
  { title: 'EventBridge', sdk: eventBridge, client: 'EventBridgeClient', signingName: 'events' },
  { title: 'Lambda', sdk: lambda, client: 'LambdaClient', signingName: 'lambda' },
  { title: 'RDS', sdk: rds, client: 'RDSClient', signingName: 'rds' },
  { title: 'Scheduler', sdk: scheduler, client: 'SchedulerClient', signingName: 'scheduler' },
  {
    title: 'Secrets Manager',
    sdk: secretsManager,
    client: 'SecretsManagerClient',
    signingName: 'secretsmanager',
  },
  { title: 'Step Functions', sdk: sfn, client: 'SFNClient', signingName: 'states' },
  { title: 'SNS', sdk: sns, client: 'SNSClient', signingName: 'sns' },
  { title: 'SSM', sdk: ssm, client: 'SSMClient', signingName: 'ssm' },
  { title: 'STS', sdk: sts, client: 'STSClient', signingName: 'sts' },
];

/** Operations whose clients do more than send the input: another host name, event streams, presigned addresses, no signature. */
const special = new Set([
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'CopyDBClusterSnapshot',
  'CopyDBSnapshot',
  'CreateDBCluster',
  'CreateDBInstanceReadReplica',
  'PutEvents',
  'StartDBInstanceAutomatedBackupsReplication',
]);

function isPlain(api: Api, schema: OperationSchema): boolean {
  const declared = (api.sdk[`${schema.name}$`] as Any)?.[3];
  if (special.has(schema.name) || declared?.endpoint) return false;
  const members = [schema.input, schema.output].flatMap((shape) =>
    shape.isStructSchema() ? [...shape.structIterator()] : [],
  );
  return members.every(([, member]) => !member.isStreaming());
}

describe.each(clients)('$title', ({ sdk, client, signingName, protocol }) => {
  test('every operation hands the service what the client sent and the client what the service answered', async () => {
    let received: unknown;
    let answer: unknown;
    const handler = operation((input) => {
      received = input;
      return answer;
    });
    const everything = new Proxy({} as Api['operations'], {
      get: () => handler,
      has: () => true,
      getOwnPropertyDescriptor: () => ({ value: handler, configurable: true, enumerable: true }),
    });
    const api: Api = { signingNames: [signingName], sdk, client, operations: everything };
    const server = await startTestWire([api]);
    const connection = new sdk[client]({ ...server.client, ...(protocol === undefined ? {} : { protocol }) });
    const place = { depth: 0, empty: protocol !== queryProtocol && describeApi(api).dialect !== 'query' };
    const operations = [...describeApi(api).operations.values()].filter((schema) => isPlain(api, schema));
    const call = fc.constantFrom(...operations).chain((schema) =>
      fc.record({
        name: fc.constant(schema.name),
        input: schema.input.isStructSchema() ? arbitraryShape(schema.input, place) : fc.constant({}),
        output: schema.output.isStructSchema() ? arbitraryShape(schema.output, place) : fc.constant({}),
      }),
    );
    try {
      await fc.assert(
        fc.asyncProperty(call, async ({ name, input, output }) => {
          answer = output;
          const { $metadata, ...result } = await connection.send(new sdk[`${name}Command`](input));
          expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
          expect(plain(received)).toEqual(plain(input));
          // An empty body is no payload: HTTP cannot tell them apart.
          const { Payload } = output as { Payload?: Uint8Array };
          if (Payload?.length === 0 && result.Payload == null) result.Payload = Payload;
          expect(plain(result)).toEqual(plain(output));
        }),
        { numRuns: Number(process.env.RUNS ?? RUNS) },
      );
      expect(server.log).toEqual([]);
    } finally {
      connection.destroy();
      await server.close();
    }
  });
});

/** The same value without the SDK's subclasses of bytes and text. */
function plain(value: Any): Any {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
