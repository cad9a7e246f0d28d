import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type ContainerDefinition, ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { vi } from 'vitest';
import { recordGoodRevision } from '../../../functions/ecs/good-revisions.ts';
import { dynamodb, toItem } from '../../../functions/run/documents.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createEcrService } from '../../../sandbox/services/ecr/ecr-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import { createStatesService } from '../../../sandbox/services/states/states-service.ts';
import { Parameter, ROLLBACK_ROLE_VARIABLE } from '../../../schemas/names.ts';
import { READINESS_DEFAULTS, type ReadinessPolicy } from '../../../schemas/readiness.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, pointFunctionsAt } from '../../support/point-functions.ts';
import { aService } from '../health/service/a-service.ts';

export const DEPLOYMENT = 'test';
const REPOSITORY = '123456789012.dkr.ecr.us-east-1.amazonaws.com/app';

/** A service with all that a roll-back rests on. */
export interface Team {
  readonly target: ServiceTarget;
  /** Task definitions, the oldest first; the last one runs. */
  readonly revisions: readonly string[];
  /** Image of each revision. */
  readonly images: readonly string[];
  readonly secretArn: string;
  readonly executionRole: string;
}

/** A region whose services have no tasks: what is asked about them does not depend on any. */
export async function aRegion(more: ReadonlyArray<(machine: Machine) => Service | Promise<Service>> = []) {
  const neighbours = (machine: Machine): Service => {
    machine.engines.putEvent = () => {};
    machine.engines.putMetric = () => {};
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  const services = await startServices(
    [
      neighbours,
      createSsmService,
      createSecretsManagerService,
      createDynamoDbService,
      createEcrService,
      ...more,
      createStatesService,
      createEcsService,
    ],
    { speed: 300 },
  );
  const { machine, policies, client, create } = services;
  pointFunctionsAt(services);
  vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', DEPLOYMENT);
  await createTable(services, 'NIGHTSHIFT_LOCK_TABLE', ['key']);
  await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
  await createTable(services, 'NIGHTSHIFT_HISTORY_TABLE', ['service', 'revision']);
  const ecs = new ECSClient(client);
  const ssm = new SSMClient(client);
  const documents = new DynamoDBClient(client);
  await create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');

  const put = (Name: string, value: unknown) =>
    ssm.send(
      new PutParameterCommand({
        Name,
        Type: 'String',
        Value: typeof value === 'string' ? value : JSON.stringify(value),
        Overwrite: true,
      }),
    );
  const roleArn = (name: string) => `arn:aws:iam::${machine.account}:role/${name}`;
  /** A role that may do this. */
  function role(name: string, ...statements: unknown[]): string {
    policies.addRole({ arn: roleArn(name), name, trust: { Statement: [] } });
    policies.attach(name, { name: 'own', document: { Statement: statements } });
    return roleArn(name);
  }
  const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...more,
  });
  const turn = (value: 'on' | 'off') => put(Parameter.killSwitch(DEPLOYMENT), value);
  await turn('on');
  const rollbackRole = role(
    'roll-service-back',
    allow('ecs:UpdateService', machine.arn('ecs', 'service/main/*'), {
      Condition: { ArnEquals: { 'ecs:cluster': machine.arn('ecs', 'cluster/main') } },
    }),
    allow('ecs:DescribeServices', machine.arn('ecs', 'service/main/*')),
    allow('ecs:StopServiceDeployment', machine.arn('ecs', 'service-deployment/main/*')),
  );
  vi.stubEnv(ROLLBACK_ROLE_VARIABLE, rollbackRole);
  await put(Parameter.target(DEPLOYMENT, 'database', 'main'), {
    kind: 'database',
    name: 'main',
    instance: 'orders',
    host: 'localhost',
    port: 5432,
    database: 'app',
    secretArn: machine.arn('secretsmanager', 'secret:login-AbCdEf'),
    migrations: 'none',
  });

  let teams = 0;
  /** A service of its own, with two revisions of which the first is good. */
  async function aTeam(
    change: {
      readonly container?: (one: { secretArn: string }) => Partial<ContainerDefinition>;
      readonly good?: readonly number[];
      readonly controller?: string;
      readonly revisions?: number;
      readonly readiness?: Partial<ReadinessPolicy>;
      readonly database?: boolean;
      readonly image?: (revision: number) => string;
    } = {},
  ): Promise<Team> {
    const name = `api-${++teams}`;
    const { ref: secretArn } = await create(
      'AWS::SecretsManager::Secret',
      { Name: `${name}-login`, SecretString: '{"password":"correct-horse"}' },
      name,
    );
    const executionRole = role(`${name}-execution`, allow('secretsmanager:GetSecretValue', secretArn));
    const revisions: string[] = [];
    const images: string[] = [];
    for (let revision = 1; revision <= (change.revisions ?? 2); revision += 1) {
      const image = change.image?.(revision) ?? `${REPOSITORY}:${name}-${revision}`;
      machine.images.set(image, { digest: `sha256:${revision}${teams}`, command: ['node'] });
      images.push(image);
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: name,
          executionRoleArn: executionRole,
          containerDefinitions: [
            {
              name: 'app',
              image,
              secrets: [{ name: 'LOGIN', valueFrom: `${secretArn}:password::` }],
              ...change.container?.({ secretArn }),
            },
          ],
        }),
      );
      revisions.push(taskDefinition?.taskDefinitionArn as string);
    }
    await create(
      'AWS::ECS::Service',
      {
        ServiceName: name,
        Cluster: 'main',
        TaskDefinition: revisions.at(-1),
        DesiredCount: 0,
        ...(change.controller === undefined ? {} : { DeploymentController: { Type: change.controller } }),
      },
      name,
    );
    for (const place of change.good ?? [1])
      await recordGoodRevision({
        service: `main/${name}`,
        revision: revisions[place - 1] as string,
        goodAt: `2026-11-0${place}T03:00:00.000Z`,
        deploymentId: `ecs-svc/${place}`,
        imageDigests: { app: `sha256:${place}${teams}` },
      });
    const target: ServiceTarget = {
      ...aService('http://127.0.0.1:9'),
      name,
      service: name,
      readiness: { ...READINESS_DEFAULTS, ...change.readiness },
      ...(change.database
        ? {
            database: {
              kind: 'database' as const,
              name: 'main',
              instance: 'orders',
              host: 'localhost',
              port: 5432,
              database: 'app',
              secretArn: machine.arn('secretsmanager', 'secret:login-AbCdEf'),
              migrations: 'none' as const,
            },
          }
        : {}),
    };
    return { target, revisions, images, secretArn, executionRole };
  }

  return {
    ...services,
    ecs,
    put,
    turn,
    role,
    allow,
    rollbackRole,
    aTeam,
    declare: (target: ServiceTarget) => put(Parameter.target(DEPLOYMENT, 'service', target.name), target),
    putItem: (table: string, item: Record<string, unknown>) =>
      documents.send(new PutItemCommand({ TableName: process.env[table], Item: toItem(item) })),
    async stop() {
      for (const one of [ecs, ssm, documents, dynamodb()]) one.destroy();
      await services.close();
      vi.unstubAllEnvs();
    },
  };
}
