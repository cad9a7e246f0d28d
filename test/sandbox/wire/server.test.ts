import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as ecs from '@aws-sdk/client-ecs';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, AwsError, type Call } from '../../../sandbox/contract.ts';
import { ACCOUNT, operation, startTestWire } from './test-wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member.
type Any = any;

const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
const CLUSTER = `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/main`;

let server: Awaited<ReturnType<typeof startTestWire>>;
let lastCall: Call | undefined;
let handled = 0;

const permission = (action: string) => () => [{ action, resource: CLUSTER }];
const fails = (code: string, options: { status?: number; members?: Record<string, unknown> } = {}) =>
  operation(() => {
    throw new AwsError(code, 'No such <thing> & more', options);
  });

const apis: Api[] = [
  {
    signingNames: ['ecs'],
    sdk: ecs,
    client: 'ECSClient',
    operations: {
      ListClusters: operation((_input, call) => {
        lastCall = call;
        handled += 1;
        return { clusterArns: [CLUSTER] };
      }, permission('ecs:ListClusters')),
      DescribeClusters: fails('ClusterNotFoundException'),
      UpdateCluster: operation(() => ({ cluster: { clusterName: 'main', colour: 'red' } })),
      DeleteCluster: operation(() => {
        throw new TypeError('a defect, with a secret in it');
      }),
    },
    passthrough: async (request, call) => ({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify({ tags: [{ key: request.operation, value: call.caller.kind }] })),
    }),
  },
  {
    signingNames: ['sns'],
    sdk: sns,
    client: 'SNSClient',
    operations: {
      Publish: operation(() => ({}), permission('sns:Publish')),
      GetTopicAttributes: fails('NotFoundException', { status: 404 }),
    },
  },
  {
    signingNames: ['sqs'],
    sdk: sqs,
    client: 'SQSClient',
    operations: { GetQueueUrl: fails('QueueDoesNotExist') },
  },
  {
    signingNames: ['s3'],
    sdk: s3,
    client: 'S3Client',
    operations: {
      HeadBucket: operation(() => ({}), permission('s3:ListBucket')),
      ListObjectsV2: operation(() => ({}), permission('s3:ListBucket')),
    },
  },
  {
    signingNames: ['lambda'],
    sdk: lambda,
    client: 'LambdaClient',
    operations: {
      GetFunction: fails('ResourceNotFoundException', { status: 404, members: { Type: 'User' } }),
    },
  },
  {
    signingNames: ['sts'],
    sdk: sts,
    client: 'STSClient',
    operations: { GetCallerIdentity: operation(() => ({ Account: ACCOUNT })) },
  },
  {
    signingNames: ['monitoring'],
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    operations: {
      PutMetricData: operation((input) => {
        handled = input.MetricData.length;
      }),
    },
  },
];

beforeAll(async () => {
  server = await startTestWire(apis, { speed: 10 });
  server.policies.addRole({ arn: ROLE, name: 'worker', trust: { Statement: [] } });
  server.policies.attach('worker', {
    name: 'some',
    document: { Statement: { Effect: 'Allow', Action: 'ecs:ListClusters', Resource: '*' } },
  });
});
afterAll(() => server.close());

/** Sends one command with a client of its own; `settings` override the administrator's. */
async function send(
  sdk: Any,
  client: string,
  command: string,
  input: object = {},
  settings: object = {},
): Promise<Any> {
  const connection = new sdk[client]({ ...server.client, ...settings });
  try {
    return await connection.send(new sdk[`${command}Command`](input));
  } finally {
    connection.destroy();
  }
}
const list = (settings: object = {}) => send(ecs, 'ECSClient', 'ListClusters', {}, settings);

describe('who calls', () => {
  test('is the administrator or a role, by the access key', async () => {
    await list();
    expect(lastCall?.caller).toEqual({ kind: 'administrator' });
    await list({ credentials: server.policies.credentialsFor(ROLE, 'session') });
    expect(lastCall?.caller).toEqual({ kind: 'role', roleArn: ROLE, session: 'session' });
  });

  test.each([
    ['ecs', ecs, 'ECSClient', 'ListClusters', {}, 'UnrecognizedClientException'],
    ['sts', sts, 'STSClient', 'GetCallerIdentity', {}, 'InvalidClientTokenId'],
    ['s3', s3, 'S3Client', 'ListObjectsV2', { Bucket: 'b' }, 'InvalidAccessKeyId'],
  ])(
    'is refused with an unknown access key as %s says it',
    async (_name, sdk, client, command, input, error) => {
      const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
      await expect(send(sdk, client, command, input, { credentials })).rejects.toMatchObject({ name: error });
    },
  );

  test.each([
    ['ecs', ecs, 'ECSClient', 'ListClusters', {}, 'InvalidSignatureException'],
    ['sts', sts, 'STSClient', 'GetCallerIdentity', {}, 'SignatureDoesNotMatch'],
    ['s3', s3, 'S3Client', 'ListObjectsV2', { Bucket: 'b' }, 'SignatureDoesNotMatch'],
  ])('is refused with a wrong secret as %s says it', async (_name, sdk, client, command, input, error) => {
    const credentials = { ...server.policies.administrator, secretAccessKey: 'wrong' };
    await expect(send(sdk, client, command, input, { credentials })).rejects.toMatchObject({ name: error });
  });

  test.each([
    ['without its session token', undefined],
    ['with the session token of another session', 'other'],
  ])("is refused with a role's key %s", async (_how, sessionToken) => {
    const { accessKeyId, secretAccessKey } = server.policies.credentialsFor(ROLE, 'session');
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    await expect(list({ credentials })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  test('is refused when the body is not the one that was signed', async () => {
    const tamper = (next: Any) => (args: Any) => {
      args.request.body = '{"maxResults":1}';
      args.request.headers['content-length'] = '16';
      return next(args);
    };
    const connection = new ecs.ECSClient(server.client);
    connection.middlewareStack.add(tamper, { step: 'finalizeRequest', name: 'tamper', priority: 'low' });
    await expect(connection.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
      name: expect.stringMatching(/InvalidSignatureException|XAmzContentSHA256Mismatch/),
    });
    connection.destroy();
  });

  test('may have signed the address instead of the headers', async () => {
    const { hostname, port } = new URL(server.wire.endpoint);
    const signer = new SignatureV4({
      service: 'sts',
      region: 'us-east-1',
      credentials: server.policies.administrator,
      sha256: Hash.bind(null, 'sha256') as never,
    });
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const signed = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname,
        port: Number(port),
        path: '/',
        query,
        headers: { host: `${hostname}:${port}` },
      },
      { expiresIn: 60 },
    );
    const address = `${server.wire.endpoint}/?${new URLSearchParams(signed.query as Record<string, string>)}`;
    const response = await fetch(address.replaceAll('+', '%20'));
    expect(await response.text()).toContain(`<Account>${ACCOUNT}</Account>`);
    const forged = await fetch(address.replace('GetCallerIdentity', 'GetSessionToken'));
    expect(forged.status).toBe(403);
  });
});

describe('what is called', () => {
  test('is refused by name when the service does not have it', async () => {
    await expect(send(sns, 'SNSClient', 'CreateTopic', { Name: 'x' })).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: 'The sandbox does not implement sns:CreateTopic.',
      $metadata: { httpStatusCode: 501 },
    });
  });

  test('is refused by name when there is no such service', async () => {
    await expect(send(ssm, 'SSMClient', 'GetParameter', { Name: 'x' })).rejects.toMatchObject({
      message: "The sandbox does not implement the service 'ssm'.",
    });
  });

  test('goes to the passthrough when only that has it', async () => {
    const { tags } = await send(ecs, 'ECSClient', 'ListTagsForResource', { resourceArn: CLUSTER });
    expect(tags).toEqual([{ key: 'ListTagsForResource', value: 'administrator' }]);
  });

  test.each([
    [
      'ecs',
      ecs,
      'ECSClient',
      'UpdateCluster',
      {},
      'ValidationException',
      "1 validation error detected: Value null at 'cluster' failed to satisfy constraint: Member must not be null",
    ],
    ['sns', sns, 'SNSClient', 'Publish', {}, 'ValidationException', "Value null at 'Message'"],
    [
      'ecs',
      ecs,
      'ECSClient',
      'ListClusters',
      { maxResults: 'many' },
      'SerializationException',
      "'maxResults' must be a number.",
    ],
  ])(
    'is refused by %s when its input is wrong',
    async (_name, sdk, client, command, input, name, message) => {
      await expect(send(sdk, client, command, input)).rejects.toMatchObject({
        name,
        message: expect.stringContaining(message),
      });
    },
  );

  test('is refused when its input has members that do not exist', async () => {
    const response = await signedFetch('ecs', '{"maxresults":1}', {
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'ValidationException',
      message: 'Unknown parameter in input: "maxresults", must be one of: nextToken, maxResults',
    });
  });

  test('is refused when its body is not JSON', async () => {
    const response = await signedFetch('ecs', '[oops', {
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
    });
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  test('may be compressed', async () => {
    const MetricData = Array.from({ length: 400 }, (_, index) => ({
      MetricName: `metric-${index}`,
      Value: index,
    }));
    await send(cloudwatch, 'CloudWatchClient', 'PutMetricData', { Namespace: 'N', MetricData });
    expect(handled).toBe(400);
    const body = gzipSync('{"MetricData":[{"MetricName":"m","Value":1}],"Namespace":"N"}');
    const headers = {
      'content-encoding': 'gzip',
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
    };
    expect((await signedFetch('monitoring', body, headers)).status).toBe(200);
    expect(handled).toBe(1);
  });
});

describe('permissions', () => {
  const credentials = () => server.policies.credentialsFor(ROLE, 'session');

  test.each([
    ['s3', s3, 'S3Client', 'ListObjectsV2', { Bucket: 'b' }, 'AccessDenied', 's3:ListBucket'],
    ['sns', sns, 'SNSClient', 'Publish', { Message: 'm' }, 'AuthorizationErrorException', 'sns:Publish'],
  ])(
    'are asked for before %s does anything, and missed by name',
    async (_name, sdk, client, command, input, name, action) => {
      await expect(send(sdk, client, command, input, { credentials: credentials() })).rejects.toMatchObject({
        name,
        message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/session is not authorized to perform: ${action} on resource: ${CLUSTER} because no identity-based policy allows the ${action} action`,
        $metadata: { httpStatusCode: 403 },
      });
    },
  );

  test('are asked for before a fault strikes', async () => {
    const remove = server.faults.add({ call: 'sns:Publish', effect: 'throttle' });
    await expect(
      send(sns, 'SNSClient', 'Publish', { Message: 'm' }, { credentials: credentials() }),
    ).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });
    remove();
  });
});

describe('errors', () => {
  test.each([
    ['JSON', ecs, 'ECSClient', 'DescribeClusters', {}, { name: 'ClusterNotFoundException' }],
    [
      'Query',
      sns,
      'SNSClient',
      'GetTopicAttributes',
      { TopicArn: 'x' },
      { name: 'NotFoundException', Code: 'NotFound' },
    ],
    [
      'JSON that once was Query',
      sqs,
      'SQSClient',
      'GetQueueUrl',
      { QueueName: 'x' },
      { name: 'QueueDoesNotExist', Code: 'AWS.SimpleQueueService.NonExistentQueue' },
    ],
    [
      'REST-JSON',
      lambda,
      'LambdaClient',
      'GetFunction',
      { FunctionName: 'x' },
      { name: 'ResourceNotFoundException', Type: 'User' },
    ],
  ])(
    'reach the client of a %s service with name, message and members',
    async (_protocol, sdk, client, command, input, expected) => {
      const error: Any = await send(sdk, client, command, input).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toBe('No such <thing> & more');
      expect(error).toMatchObject(expected);
      expect(error.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('of the sandbox itself are logged and not told', async () => {
    await expect(send(ecs, 'ECSClient', 'DeleteCluster', { cluster: 'x' })).rejects.toMatchObject({
      name: 'InternalFailure',
      message: 'The sandbox failed; its log says why.',
    });
    expect(server.log.at(-1)).toContain('a defect');
  });

  test('are logged when a service answers what its API does not have', async () => {
    await expect(send(ecs, 'ECSClient', 'UpdateCluster', { cluster: 'x' })).rejects.toMatchObject({
      name: 'InternalFailure',
    });
    expect(server.log.at(-1)).toContain('does not have: colour');
  });
});

describe('faults', () => {
  const withFault = async (effect: string, call: () => Promise<unknown>) => {
    const remove = server.faults.add({ call: 'ecs:List*', effect });
    try {
      return await call().catch((error) => error);
    } finally {
      remove();
    }
  };

  test.each([
    ['throttle', 'ThrottlingException', 0],
    ['error:ServerException', 'ServerException', 0],
  ])('%s answers an error without doing the work', async (effect, name, times) => {
    handled = 0;
    expect(await withFault(effect, list)).toMatchObject({ name });
    expect(handled).toBe(times);
  });

  test.each([
    ['timeout', 0],
    ['timeout-after', 1],
  ])('%s breaks the connection after %d times of work', async (effect, times) => {
    handled = 0;
    expect(await withFault(effect, list)).toBeInstanceOf(Error);
    expect(handled).toBe(times);
  });

  test('repeat does the work twice and answers once', async () => {
    handled = 0;
    expect(await withFault('repeat', list)).toMatchObject({ clusterArns: [CLUSTER] });
    expect(handled).toBe(2);
  });

  test('late answers, after sandbox seconds', async () => {
    expect(await withFault('late:1', list)).toMatchObject({ clusterArns: [CLUSTER] });
  });
});

test('a call learns that its caller has gone', async () => {
  const waiting = Promise.withResolvers<Call>();
  server.wire.add({
    signingNames: ['gone'],
    sdk: ecs,
    client: 'ECSClient',
    operations: {
      ListClusters: operation(async (_input, call) => {
        waiting.resolve(call);
        await once(call.signal, 'abort');
        return {};
      }),
    },
  });
  const headers = await signedHeaders('gone', '{}', { 'x-amz-target': 'X.ListClusters' });
  const socket = connect(server.wire.port, '127.0.0.1');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST / HTTP/1.1\r\n${lines.join('')}content-length: 2\r\n\r\n{}`);
  const { signal } = await waiting.promise;
  const aborted = once(signal, 'abort');
  socket.destroy();
  await aborted;
  expect(signal.aborted).toBe(true);
});

async function signedHeaders(service: string, body: string | Uint8Array, headers: Record<string, string>) {
  const { hostname, port } = new URL(server.wire.endpoint);
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: server.policies.administrator,
    sha256: Hash.bind(null, 'sha256') as never,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    query: {},
    headers: { host: `${hostname}:${port}`, 'content-type': 'application/x-amz-json-1.1', ...headers },
    body,
  });
  return signed.headers;
}

async function signedFetch(
  service: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(server.wire.endpoint, {
    method: 'POST',
    headers: await signedHeaders(service, body, headers),
    body,
  });
}
