import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Parameter } from '../../schemas/names.ts';
import { preflightSecrets } from '../config/preflight-entry.ts';
import { environmentOf } from '../config/preflight-rules.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { secretArn } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';

const unique = (all: readonly string[]) => [...new Set(all)];

/** The permissions of what looks at releases before they go out, at environments side by side, and at readiness. */
export function preflightGrantsFor(scope: Construct, config: NightshiftConfig, stores: Stores) {
  const stack = Stack.of(scope);
  const services = Object.entries(config.services);
  const parameter = (name: string) =>
    stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.replace(/^\//, '') });
  const tasks = preflightSecrets(config);
  const parityKeys = unique(
    services.flatMap(([name]) => config.parity.keys[environmentOf(config, name)] ?? []),
  );
  const read = (names: readonly string[]) => ({
    actions: ['secretsmanager:GetSecretValue'],
    resources: unique(names.map((name) => secretArn(config, name))),
  });
  const decrypt = (names: readonly string[]) => ({
    actions: ['kms:Decrypt'],
    resources: unique(names.flatMap((name) => config.secrets[name]?.keyArn ?? [])),
  });
  return {
    readPreflightEntries: {
      actions: ['ssm:GetParameter'],
      resources: [parameter(Parameter.preflight(config.name, '*'))],
      wildcardReason:
        'What releases of the declared services are held to, one parameter each; they are only read.',
    },
    /** What tasks of the declared services are given, and what their rules name. */
    readTaskSecrets: read(tasks),
    decryptTaskSecrets: decrypt(tasks),
    readTaskParameters: {
      actions: ['ssm:GetParameter'],
      resources: unique(services.flatMap(([, { preflight }]) => preflight?.parameters ?? [])).map((name) =>
        name.startsWith('arn:') ? name : parameter(name),
      ),
    },
    readParityKeys: read(parityKeys),
    decryptParityKeys: decrypt(parityKeys),
    writeFingerprints: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/parity/*`],
      wildcardReason: 'Fingerprints, each under the name of its service.',
    },
    readFingerprints: {
      actions: ['s3:GetObject'],
      resources: [
        `${stores.reports.bucketArn}/parity/*`,
        ...Object.values(config.parity.with).map(({ bucket }) =>
          stack.formatArn({
            service: 's3',
            region: '',
            account: '',
            resource: bucket,
            resourceName: 'parity/*',
          }),
        ),
      ],
      wildcardReason: 'Fingerprints, each under the name of its service.',
    },
    /** So that a fingerprint that is not there is answered by "not found", where the other bucket lets us ask. */
    listFingerprints: {
      actions: ['s3:ListBucket'],
      resources: Object.values(config.parity.with).map(({ bucket }) =>
        stack.formatArn({ service: 's3', region: '', account: '', resource: bucket }),
      ),
    },
    /** What the databases of services are declared as. */
    readDatabaseTargets: {
      actions: ['ssm:GetParameter'],
      resources: Object.keys(config.databases).map((name) =>
        parameter(Parameter.target(config.name, 'database', name)),
      ),
    },
    listServiceTargets: {
      actions: ['ssm:GetParametersByPath'],
      resources: [parameter(Parameter.targets(config.name, 'service').replace(/\/$/, ''))],
    },
    readLock: { actions: ['dynamodb:GetItem'], resources: [stores.lock.tableArn] },
    describeAnySecret: {
      actions: ['secretsmanager:DescribeSecret'],
      resources: [stack.formatArn({ service: 'secretsmanager', resource: 'secret:*' })],
      wildcardReason:
        'Which secrets the good revision is given is in its task definition; they are only described, never read.',
    },
    findParameters: {
      actions: ['ssm:DescribeParameters'],
      resources: ['*'],
      wildcardReason: 'Systems Manager has no resource-level permission for describing parameters.',
    },
    simulatePolicies: {
      actions: ['iam:SimulatePrincipalPolicy'],
      resources: [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: '*' })],
      wildcardReason:
        'Which execution role the good revision has is in its task definition; what a role may do is only asked.',
    },
  };
}
