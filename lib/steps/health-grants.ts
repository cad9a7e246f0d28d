import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Parameter } from '../../schemas/names.ts';
import { cacheSecretOf } from '../config/cache-target.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { secretArn, serviceNames } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';
import type { Grant } from './step-function.ts';

const unique = (all: readonly string[]) => [...new Set(all)];

/** Runbooks that the daily check may start, because a target says so. */
export const startedByChecks = ({ services, databases }: Pick<NightshiftConfig, 'services' | 'databases'>) =>
  unique(
    [...Object.values(services), ...Object.values(databases)].flatMap(
      ({ health }): readonly string[] => health.starts,
    ),
  );

/** The permissions of what checks services, databases and caches every day. */
export function healthGrantsFor(scope: Construct, config: NightshiftConfig, stores: Stores) {
  const stack = Stack.of(scope);
  const parameter = (name: string) =>
    stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.replace(/^\//, '') });
  const services = Object.values(config.services);
  const clusters = unique(services.map((service) => serviceNames(scope, service).cluster));
  const logins = unique(Object.values(config.databases).flatMap(({ health }) => health.logins));
  const tokens = unique(Object.keys(config.caches).flatMap((name) => cacheSecretOf(config, name) ?? []));
  const keysOf = (names: readonly string[]) =>
    unique(names.flatMap((name) => config.secrets[name]?.keyArn ?? []));
  const read = (names: readonly string[]): Grant => ({
    actions: ['secretsmanager:GetSecretValue'],
    resources: names.map((name) => secretArn(config, name)),
  });
  const decrypt = (names: readonly string[]): Grant => ({
    actions: ['kms:Decrypt'],
    resources: keysOf(names),
  });
  const startable = startedByChecks(config);
  return {
    /** To find tasks that stopped lately. */
    listTasks: {
      actions: ['ecs:ListTasks'],
      resources: ['*'],
      conditions: {
        ArnEquals: {
          'ecs:cluster': clusters.map((resourceName) =>
            stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName }),
          ),
        },
      },
      wildcardReason: 'ECS lists tasks of a cluster, which the condition names.',
    },
    readHeartbeats: {
      actions: ['logs:FilterLogEvents'],
      resources: unique(
        services.flatMap(({ health }) => Object.values(health.heartbeats).map(({ logGroup }) => logGroup)),
      ).map((name) =>
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: `${name}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
      wildcardReason: 'The streams of the log groups in which heartbeats are declared.',
    },
    readHealthLogins: read(logins),
    decryptHealthLogins: decrypt(logins),
    readCacheTokens: read(tokens),
    decryptCacheTokens: decrypt(tokens),
    listCheckedTargets: {
      actions: ['ssm:GetParametersByPath'],
      resources: ['service', 'database', 'cache'].map((kind) =>
        parameter(Parameter.targets(config.name, kind).replace(/\/$/, '')),
      ),
    },
    keepHealth: {
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${stores.reports.bucketArn}/health/*`],
      wildcardReason: 'Lists and results of daily checks, each under the name of its run.',
    },
    readStartedRunbooks: {
      actions: ['ssm:GetParameter'],
      resources: startable.map((name) => parameter(Parameter.runbook(config.name, name))),
    },
    startRunbooks: {
      actions: ['states:StartExecution'],
      resources: startable.map((name) =>
        stack.formatArn({
          service: 'states',
          resource: 'stateMachine',
          resourceName: `${config.name}-${name}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    },
  };
}
