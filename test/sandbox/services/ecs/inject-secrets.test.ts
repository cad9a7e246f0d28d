import * as sdk from '@aws-sdk/client-ecs';
import * as secrets from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createEcsService } from '../../../../sandbox/services/ecs/ecs-service.ts';
import { createKmsService } from '../../../../sandbox/services/kms/kms-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { startServices } from '../start-services.ts';

/** Sandbox seconds per second: the states before RUNNING pass in a moment. */
const SPEED = 50;
const FIRST = '1'.repeat(32);
/** What stands before every reason. */
const ASM =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): ';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.ECSClient;
let manager: secrets.SecretsManagerClient;
let executionRole: string;
let arn: string;
let count = 0;
const lines: string[] = [];

beforeAll(async () => {
  const neighbours = (machine: Machine) => {
    machine.engines.putEvent = () => {};
    machine.engines.putLog = (_group, _stream, line) => void lines.push(line);
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  const factories = [neighbours, createKmsService, createSecretsManagerService, createEcsService];
  services = await startServices(factories, { speed: SPEED });
  client = new sdk.ECSClient(services.client);
  manager = new secrets.SecretsManagerClient(services.client);
  services.machine.images.set('tool', { digest: 'sha256:tool', command: ['node'] });
  await services.create('AWS::ECS::Cluster', { ClusterName: 'demo' }, 'Demo');
  const trust = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { Service: 'ecs-tasks.amazonaws.com' },
  };
  const role = await services.create(
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: { Statement: trust },
      Policies: [
        {
          PolicyName: 'own',
          PolicyDocument: {
            Statement: {
              Effect: 'Allow',
              Action: 'secretsmanager:GetSecretValue',
              Resource: 'arn:aws:secretsmanager:*:*:secret:app*',
            },
          },
        },
      ],
    },
    'Execution',
  );
  executionRole = role.attributes?.Arn as string;
  const made = await manager.send(
    new secrets.CreateSecretCommand({
      Name: 'app',
      SecretString: '{"user":"a","port":5432,"tls":true,"none":null,"list":[1]}',
      ClientRequestToken: FIRST,
    }),
  );
  arn = made.ARN as string;
});
afterAll(async () => {
  client.destroy();
  manager.destroy();
  await services.close();
});

/** Runs a task with one secret; gives what its process saw, or why it did not start. */
async function inject(
  valueFrom: string,
  script = 'console.log("saw:" + process.env.SECRET)',
): Promise<string> {
  count += 1;
  const { ref } = await services.create(
    'AWS::ECS::TaskDefinition',
    {
      Family: `tool-${count}`,
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      Cpu: '256',
      Memory: '512',
      ExecutionRoleArn: executionRole,
      ContainerDefinitions: [
        {
          Name: 'main',
          Image: 'tool',
          Essential: true,
          Secrets: [{ Name: 'SECRET', ValueFrom: valueFrom }],
          LogConfiguration: {
            LogDriver: 'awslogs',
            Options: { 'awslogs-group': '/demo', 'awslogs-stream-prefix': 'tool' },
          },
        },
      ],
    },
    `Definition${count}`,
  );
  const from = lines.length;
  const { tasks } = await client.send(
    new sdk.RunTaskCommand({
      cluster: 'demo',
      taskDefinition: ref,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      overrides: { containerOverrides: [{ name: 'main', command: ['-e', script] }] },
    }),
  );
  const describeTask = async () => {
    const input = { cluster: 'demo', tasks: [tasks?.[0]?.taskArn as string] };
    return (await client.send(new sdk.DescribeTasksCommand(input))).tasks?.[0];
  };
  await expect.poll(async () => (await describeTask())?.lastStatus, { timeout: 20_000 }).toBe('STOPPED');
  const stopped = await describeTask();
  if (stopped?.stopCode === 'TaskFailedToStart') return stopped.stoppedReason as string;
  return lines.slice(from).join('\n');
}

test('a secret is injected whole, by key, by label and by version, as it is when the task starts', async () => {
  expect(await inject(`${arn}:user::`)).toBe('saw:a');
  expect(await inject(`${arn}:port::`)).toBe('saw:5432');
  expect(await inject(`${arn}:tls::`)).toBe('saw:true');
  const put = { SecretId: arn, SecretString: '{"user":"b"}' };
  await manager.send(new secrets.PutSecretValueCommand(put));
  expect(await inject(`${arn}:user::`)).toBe('saw:b');
  expect(await inject(arn)).toBe('saw:{"user":"b"}');
  expect(await inject(`${arn}:user:AWSPREVIOUS:`)).toBe('saw:a');
  expect(await inject(`${arn}:user::${FIRST}`)).toBe('saw:a');
});

test('a running task keeps the value that it was started with', async () => {
  const script =
    'setTimeout(() => console.log("saw:" + process.env.SECRET), 400); console.log("ready"); process.on("SIGTERM", () => {})';
  const before = lines.length;
  const running = inject(`${arn}:user::`, script);
  await expect.poll(() => lines.slice(before), { timeout: 20_000 }).toContain('ready');
  await manager.send(new secrets.PutSecretValueCommand({ SecretId: arn, SecretString: '{"user":"c"}' }));
  expect(await running).toBe('ready\nsaw:b');
  expect(await inject(`${arn}:user::`)).toBe('saw:c');
});

test.each<[string, () => string, string]>([
  ['key', () => `${arn}:host::`, `${ASM}retrieved secret from Secrets Manager did not contain json key host`],
  [
    'label',
    () => `${arn}::GREEN:`,
    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: GREEN",
  ],
  [
    'version',
    () => `${arn}:::${'9'.repeat(32)}`,
    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId:",
  ],
  ['secret', () => `${arn.slice(0, -7)}-none-abcdef`, 'ResourceNotFoundException'],
  ['permission', () => arn.replace('app', 'other'), 'AccessDeniedException: User: arn:aws:sts::'],
])('a task does not start without the %s', async (_what, valueFrom, reason) => {
  const said = await inject(valueFrom());
  expect(said).toContain(ASM);
  expect(said).toContain(reason);
});

test.each<[string, Partial<secrets.PutSecretValueCommandInput>, string, string]>([
  ['that is not JSON', { SecretString: 'hunter2' }, ':user::', 'looking for beginning of value'],
  ['whose field is a list', { SecretString: '{"user":["hunter2"]}' }, ':user::', 'an object or a list'],
  ['of bytes', { SecretBinary: Buffer.from('hunter2') }, '', 'binary data are not supported'],
  ['of bytes, asked for a key', { SecretBinary: Buffer.from('hunter2') }, ':user::', 'not supported'],
])(
  'a task does not start with a secret %s, and does not say what it is',
  async (_what, value, rest, reason) => {
    await manager.send(new secrets.PutSecretValueCommand({ SecretId: arn, ...value }));
    const said = await inject(`${arn}${rest}`);
    expect(said).toContain(`${ASM}`);
    expect(said).toContain(reason);
    expect(said + services.log.join()).not.toContain('hunter2');
  },
);

test('a task does not start when its execution role may not use the key of the secret', async () => {
  const { attributes } = await services.create('AWS::KMS::Key', {}, 'Key');
  const KmsKeyId = attributes?.Arn as string;
  await manager.send(new secrets.UpdateSecretCommand({ SecretId: arn, SecretString: 'x', KmsKeyId }));
  expect(await inject(arn)).toContain('AccessDeniedException: Access to KMS is not allowed');
});
