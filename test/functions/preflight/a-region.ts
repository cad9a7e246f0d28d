import {
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, vi } from 'vitest';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { createRecord } from '../../../functions/run/run-record.ts';
import { logger } from '../../../functions/step/observability.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createEcrService } from '../../../sandbox/services/ecr/ecr-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { createS3Service } from '../../../sandbox/services/s3/s3-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import { Parameter } from '../../../schemas/names.ts';
import type { PreflightEntry } from '../../../schemas/preflight/entry.ts';
import type { RunRequest } from '../../../schemas/run.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

export const IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:42';

/** A cluster with a service that rests, and functions that have the permissions of the steps and no others. */
export async function aRegion(allowedSecrets: readonly string[]) {
  const neighbours = (machine: Machine): Service => {
    machine.engines.putEvent = () => {};
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  const services = await startServices([
    neighbours,
    createDynamoDbService,
    createS3Service,
    createSsmService,
    createSecretsManagerService,
    createEcrService,
    createEcsService,
  ]);
  const { machine, create } = services;
  machine.images.set(IMAGE, { digest: 'sha256:42', command: ['node'] });
  const allow = (action: string, ...resources: string[]) => ({
    Effect: 'Allow',
    Action: action,
    Resource: resources,
  });
  const role = services.clientOf('preflight', [
    allow('ecs:DescribeTaskDefinition', '*'),
    allow('ecs:DescribeServices', machine.arn('ecs', 'service/main/*')),
    allow('ecr:DescribeImages', machine.arn('ecr', 'repository/*')),
    allow('ssm:GetParameter', machine.arn('ssm', 'parameter/nightshift/nightshift/preflight/api')),
    allow('ssm:GetParameter', machine.arn('ssm', 'parameter/shop/*')),
    allow(
      'secretsmanager:GetSecretValue',
      ...allowedSecrets.map((name) => machine.arn('secretsmanager', `secret:${name}-*`)),
    ),
    allow('dynamodb:PutItem', '*'),
    allow('dynamodb:Query', '*'),
    allow('dynamodb:UpdateItem', '*'),
    allow('s3:PutObject', 'arn:aws:s3:::*/parity/*'),
    allow('s3:GetObject', 'arn:aws:s3:::*/parity/*'),
  ]);
  await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
  const bucket = (await create('AWS::S3::Bucket', { BucketName: 'our-reports' }, 'Reports')).ref;
  pointFunctionsAt({ client: role });
  vi.stubEnv('AWS_SESSION_TOKEN', role.credentials.sessionToken);
  vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'nightshift');
  vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', bucket);
  const ssm = new SSMClient(services.client);
  const ecs = new ECSClient(services.client);
  await create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');

  const register = async (change: Partial<RegisterTaskDefinitionCommandInput> = {}) => {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({ family: 'api', containerDefinitions: [], ...change }),
    );
    return taskDefinition?.taskDefinitionArn as string;
  };
  const TaskDefinition = await register({ containerDefinitions: [{ name: 'api', image: IMAGE }] });
  await create(
    'AWS::ECS::Service',
    { ServiceName: 'api', Cluster: 'main', TaskDefinition, DesiredCount: 0 },
    'Api',
  );
  let runs = 0;
  return {
    ...services,
    bucket,
    ecs,
    register,
    async secret(name: string, value: unknown): Promise<string> {
      const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
      return (await create('AWS::SecretsManager::Secret', { Name: name, SecretString }, name)).ref;
    },
    async parameter(Name: string, Value: string): Promise<void> {
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
    },
    /** What releases of the service are held to from now on. */
    async declare(entry: Partial<PreflightEntry>): Promise<void> {
      const Name = Parameter.preflight('nightshift', 'api');
      const parity = { name: 'api', with: {}, differences: [] };
      const Value = JSON.stringify({ rules: null, secretArns: {}, parity, ...entry });
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
    },
    /** A new run; its steps are called with what is in the state. */
    async beginRun(runbook: string, request?: RunRequest) {
      runs += 1;
      const run = {
        id: `run-${runs}`,
        arn: `arn:run-${runs}`,
        runbook,
        startedAt: new Date().toISOString(),
        dryRun: false,
        trigger: { kind: 'person' as const },
        ...(request === undefined ? {} : { request }),
      };
      await createRecord({ run, target: 'service/api', phase: 'open', acted: false, checks: [], joined: 0 });
      return {
        run,
        call: <Output>(handler: unknown, state: object): Promise<Output> =>
          (handler as (event: unknown, context: never) => Promise<Output>)(
            JSON.parse(JSON.stringify({ run, ...state })),
            LAMBDA_CONTEXT,
          ),
        audited: () => readAuditLog(run.id),
      };
    },
    async stop(): Promise<void> {
      ssm.destroy();
      ecs.destroy();
      await services.close();
      vi.unstubAllEnvs();
    },
  };
}

/** Everything that functions have written to their logs since it was called, whatever its level. */
export function watchLogs(): () => string {
  const lines: string[] = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    vi.spyOn(logger, level).mockImplementation((...said: unknown[]) => void lines.push(JSON.stringify(said)));
  return () => lines.join('\n');
}

/** No value may be in what a step leaves anywhere, as it is or as JSON writes it. */
export function expectNoneOf(values: readonly string[], text: string): void {
  for (const value of values)
    for (const form of [value, JSON.stringify(value).slice(1, -1)])
      expect(text.includes(form), 'a value is in what is left behind').toBe(false);
}
