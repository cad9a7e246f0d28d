import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Parameter } from '../../schemas/names.ts';
import type { RotationKind } from '../../schemas/secret.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { adminSecretOf, rotatingSecrets } from '../config/secret-targets.ts';
import { secretArn } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';
import type { Grant } from './step-function.ts';

const unique = (all: readonly string[]) => [...new Set(all)];

/** The permissions of what rotates secrets. Only keepers may read or write values, each those of its own kind. */
export function secretGrantsFor(scope: Construct, config: NightshiftConfig, stores: Stores) {
  const stack = Stack.of(scope);
  const rotating = rotatingSecrets(config);
  const arns = rotating.map(([name]) => secretArn(config, name));
  const keysOf = (names: readonly string[]) =>
    unique(names.flatMap((name) => config.secrets[name]?.keyArn ?? []));
  const roleSecrets = rotating.flatMap(([name, { rotation }]) =>
    rotation.kind === 'postgresql-alternating-users' ? [adminSecretOf(config, rotation) ?? name] : [],
  );
  const parameter = (name: string) =>
    stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.replace(/^\//, '') });
  const stateMachine = (runbook: string) =>
    stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: `${config.name}-${runbook}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return {
    readSecretTargets: {
      actions: ['ssm:GetParameter'],
      resources: rotating.map(([name]) => parameter(Parameter.target(config.name, 'secret', name))),
    },
    /** How a rotation goes, for runs that wait for it. */
    noteRotations: {
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resources: [stores.run.tableArn],
    },
    /** A keeper is told the ARN alone. */
    findSecrets: {
      actions: ['ssm:GetParametersByPath'],
      resources: [parameter(Parameter.targets(config.name, 'secret').replace(/\/$/, ''))],
    },
    /** The secrets with which the roles of alternating users are administered. */
    readRoleSecrets: {
      actions: ['secretsmanager:GetSecretValue'],
      resources: unique(roleSecrets.map((name) => secretArn(config, name))),
    },
    decryptRoleSecrets: { actions: ['kms:Decrypt'], resources: keysOf(roleSecrets) },
    describeSecrets: {
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:ListSecretVersionIds'],
      resources: arns,
    },
    rotateSecrets: {
      actions: ['secretsmanager:RotateSecret'],
      resources: arns,
    },
    moveLabels: { actions: ['secretsmanager:UpdateSecretVersionStage'], resources: arns },
    readRotationRunbook: {
      actions: ['ssm:GetParameter'],
      resources: [parameter(Parameter.runbook(config.name, 'rotate-secret'))],
    },
    startRotations: { actions: ['states:StartExecution'], resources: [stateMachine('rotate-secret')] },
    writeKeySets: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/jwks/*`],
      wildcardReason: 'Public keys, each under the name of its secret.',
    },
    /** What a keeper of a kind may do with the secrets of that kind. */
    keep(kind: RotationKind): Grant[] {
      const own = rotating.filter(([, { rotation }]) => rotation.kind === kind);
      const names = own.map(([name]) => name);
      const admins = unique(
        own
          .flatMap(([, { rotation }]) => adminSecretOf(config, rotation) ?? [])
          .filter((name) => !names.includes(name)),
      );
      const arnsOf = (all: readonly string[]) => unique(all.map((name) => secretArn(config, name)));
      return [
        {
          actions: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:ListSecretVersionIds',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          resources: arnsOf(names),
        },
        { actions: ['secretsmanager:GetSecretValue'], resources: arnsOf(admins) },
        { actions: ['kms:Decrypt'], resources: keysOf([...names, ...admins]) },
        { actions: ['kms:GenerateDataKey'], resources: keysOf(names) },
      ];
    },
    generatePasswords: {
      actions: ['secretsmanager:GetRandomPassword'],
      resources: ['*'],
      wildcardReason: 'Secrets Manager has no resource-level permission for making passwords.',
    },
    /** AUTH tokens of the declared replication groups. */
    changeCacheTokens: {
      actions: ['elasticache:ModifyReplicationGroup', 'elasticache:DescribeReplicationGroups'],
      resources: rotating.flatMap(([, { rotation }]) =>
        rotation.kind === 'redis-auth'
          ? [
              stack.formatArn({
                service: 'elasticache',
                resource: 'replicationgroup',
                resourceName: config.caches[rotation.cache]?.replicationGroup ?? '',
                arnFormat: ArnFormat.COLON_RESOURCE_NAME,
              }),
            ]
          : [],
      ),
    },
  };
}
