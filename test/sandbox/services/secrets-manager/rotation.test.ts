import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as sdk from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createEventsService } from '../../../../sandbox/services/events/events-service.ts';
import { createLambdaService } from '../../../../sandbox/services/lambda/lambda-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { errorName, startServices } from '../start-services.ts';

const run = promisify(execFile);

/** A rotation function as one writes it, which notes how it was called. */
const CODE = `
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
const { SecretsManager } = createRequire(${JSON.stringify(import.meta.url)})('@aws-sdk/client-secrets-manager');
const client = new SecretsManager({});
export const handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  appendFileSync(join(process.env.LAMBDA_TASK_ROOT, 'calls'), Step + '\\n');
  const { RotationEnabled, VersionIdsToStages } = await client.describeSecret({ SecretId });
  if (!RotationEnabled || !VersionIdsToStages[token]?.includes('AWSPENDING')) throw new Error('not staged');
  if (Step === 'createSecret') {
    const { RandomPassword } = await client.getRandomPassword({ ExcludePunctuation: true });
    const VersionStages = ['AWSPENDING'];
    await client.putSecretValue({ SecretId, ClientRequestToken: token, SecretString: RandomPassword, VersionStages });
  }
  if (Step !== 'finishSecret') return;
  const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'));
  await client.updateSecretVersionStage({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current });
  await client.updateSecretVersionStage({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token });
};
export const listen = async ({ detail }) => appendFileSync(join(process.env.LAMBDA_TASK_ROOT, 'events'), detail.eventName + '\\n');
`;

let folder: string;
let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SecretsManagerClient;
let arn: string;
let functionArn: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await writeFile(join(folder, 'index.mjs'), CODE);
  const neighbours = (machine: Machine) => {
    machine.engines.putLog = () => {};
    machine.engines.putMetric = () => {};
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([
    neighbours,
    createEventsService,
    createLambdaService,
    createSecretsManagerService,
  ]);
  client = new sdk.SecretsManagerClient(services.client);
  arn = (await services.create('AWS::SecretsManager::Secret', { Name: 'app', SecretString: 'one' }, 'Secret'))
    .ref;
  functionArn = await deploy('handler', [
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: arn,
    },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
  ]);
});
afterAll(async () => {
  client.destroy();
  await services.close();
  await rm(folder, { recursive: true });
});

async function deploy(handler: string, statements: unknown[]): Promise<string> {
  const role = await services.create(
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: {
        Statement: {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      },
      Policies: statements.length ? [{ PolicyName: 'own', PolicyDocument: { Statement: statements } }] : [],
    },
    `Role-${handler}`,
  );
  const { attributes } = await services.create(
    'AWS::Lambda::Function',
    {
      Handler: `index.${handler}`,
      Runtime: 'nodejs24.x',
      Role: role.attributes?.Arn,
      Code: { LocalPath: folder },
      Timeout: 30,
    },
    `Function-${handler}`,
  );
  return attributes?.Arn as string;
}
const lines = async (file: string) =>
  (await readFile(join(folder, file), 'utf8').catch(() => '')).split('\n').filter(Boolean);
const rotate = () =>
  client.send(new sdk.RotateSecretCommand({ SecretId: arn, RotationLambdaARN: functionArn }));
const read = async (VersionStage?: string) =>
  (await client.send(new sdk.GetSecretValueCommand({ SecretId: arn, VersionStage }))).SecretString as string;
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

test('a function that Secrets Manager may not invoke cannot be given to a secret', async () => {
  expect(await errorName(rotate())).toBe('AccessDeniedException');
  const { RotationEnabled } = await client.send(new sdk.DescribeSecretCommand({ SecretId: arn }));
  expect(RotationEnabled).toBeUndefined();
});

test("a rotation calls the function with the role's own permissions, and the bus hears of it", async () => {
  await services.create(
    'AWS::Lambda::Permission',
    {
      FunctionName: functionArn,
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: services.machine.account,
    },
    'Permission',
  );
  const listener = await deploy('listen', []);
  await services.create(
    'AWS::Events::Rule',
    {
      EventPattern: {
        source: ['aws.secretsmanager'],
        'detail-type': ['AWS Service Event via CloudTrail'],
        detail: { eventName: ['RotationSucceeded'], additionalEventData: { SecretId: [arn] } },
      },
      Targets: [{ Id: 'listener', Arn: listener }],
    },
    'Rule',
  );
  await services.create(
    'AWS::Lambda::Permission',
    { FunctionName: listener, Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' },
    'Listening',
  );
  await rotate();
  await expect.poll(() => lines('events'), { timeout: 30_000 }).toEqual(['RotationSucceeded']);
  expect(await lines('calls')).toEqual(STEPS);
  expect(await read()).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(await read('AWSPREVIOUS')).toBe('one');
});

const cli = await run('aws', ['--version']).then(
  () => true,
  () => false,
);

test.skipIf(!cli)('the AWS CLI, where this machine has it, rotates a secret', async () => {
  const before = await read();
  const { credentials, region } = services.client;
  const aws = (...parameters: string[]) =>
    run(
      'aws',
      ['secretsmanager', ...parameters, '--endpoint-url', services.machine.endpoint, '--output', 'json'],
      {
        env: {
          ...process.env,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_DEFAULT_REGION: region,
        },
      },
    );
  const { stdout } = await aws('rotate-secret', '--secret-id', 'app');
  const { ARN, VersionId } = JSON.parse(stdout);
  expect(ARN).toBe(arn);
  await expect
    .poll(
      async () => {
        const { VersionIdsToStages } = await client.send(new sdk.DescribeSecretCommand({ SecretId: arn }));
        return VersionIdsToStages?.[VersionId];
      },
      { timeout: 30_000 },
    )
    .toEqual(['AWSCURRENT']);
  expect(await read()).not.toBe(before);
});
