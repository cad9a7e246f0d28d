import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Parameter } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { alarmsOf, serviceNames } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';
import type { Grant } from './step-function.ts';

/** The permissions that steps are made of; each says what it is for by its name. */
export function grantsFor(scope: Construct, config: NightshiftConfig, stores: Stores) {
  const stack = Stack.of(scope);
  const arn = (
    service: string,
    resource: string,
    resourceName: string,
    arnFormat = ArnFormat.SLASH_RESOURCE_NAME,
  ) => stack.formatArn({ service, resource, resourceName, arnFormat });
  const parameter = (name: string) => arn('ssm', 'parameter', name.replace(/^\//, ''));
  const services = Object.entries(config.services);
  const ecs = services.map(([, service]) => serviceNames(scope, service));
  const serviceArns = ecs.map(({ cluster, service }) => arn('ecs', 'service', `${cluster}/${service}`));
  const alarms = services.flatMap(([name, service]) => alarmsOf(config.name, name, service));
  const secrets = Object.values(config.databases).map(({ secret }) => config.secrets[secret]);
  const secretArns = secrets.map((secret) =>
    typeof secret?.secret === 'string' ? secret.secret : (secret?.secret.secretArn ?? ''),
  );
  const keyArns = secrets.flatMap((secret) => secret?.keyArn ?? []);
  const dynamodb = (actions: string[], ...resources: string[]): Grant => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources,
  });
  const kinds = ['service', 'database'] as const;
  const versioned =
    'The deployments and revisions of the declared services alone: their ids are made when they are deployed.';

  const ofServices = (resource: string) =>
    ecs.map(({ cluster, service }) => arn('ecs', resource, `${cluster}/${service}/*`));

  return {
    /** To append to the run's audit log, and to read it. Every step notes its errors there. */
    audit: dynamodb(['PutItem', 'Query'], stores.run.tableArn),
    readRun: dynamodb(['GetItem'], stores.run.tableArn),
    updateRun: dynamodb(['UpdateItem'], stores.run.tableArn),
    runsOfTarget: dynamodb(['Query'], `${stores.run.tableArn}/index/target-runs`),
    takeLock: dynamodb(['GetItem', 'UpdateItem'], stores.lock.tableArn),
    /** To prove that the lock is held, to renew it and to give it back. */
    keepLock: dynamodb(['UpdateItem'], stores.lock.tableArn),
    parkedWaits: dynamodb(['PutItem', 'DeleteItem'], stores.wait.tableArn),
    waitsOfResource: dynamodb(['Query', 'DeleteItem'], stores.wait.tableArn),
    allWaits: dynamodb(['Scan', 'DeleteItem'], stores.wait.tableArn),
    readHistory: dynamodb(['Query'], stores.history.tableArn),
    writeHistory: dynamodb(['Query', 'PutItem', 'DeleteItem'], stores.history.tableArn),
    readServices: {
      actions: ['ssm:GetParameter'],
      resources: services.map(([name]) => parameter(Parameter.target(config.name, 'service', name))),
    },
    /** To answer a misspelt name with the nearest one. */
    listTargets: {
      actions: ['ssm:GetParametersByPath'],
      resources: kinds.map((kind) => parameter(Parameter.targets(config.name, kind).replace(/\/$/, ''))),
    },
    readUndeclaredTargets: {
      actions: ['ssm:GetParameter'],
      resources: kinds.map((kind) => parameter(`${Parameter.targets(config.name, kind)}*`)),
      wildcardReason:
        'The declared targets of this deployment, one parameter each; a name that does not exist must be answered by "not found", not by "access denied".',
    },
    readPolicy: { actions: ['ssm:GetParameter'], resources: [parameter(Parameter.policy(config.name))] },
    readSwitch: { actions: ['ssm:GetParameter'], resources: [parameter(Parameter.killSwitch(config.name))] },
    readCalendars: {
      actions: ['ssm:GetCalendarState'],
      resources: config.changeCalendars.map((name) =>
        name.startsWith('arn:') ? name : arn('ssm', 'document', name),
      ),
    },
    readAlarms: {
      actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory'],
      resources: alarms.map((name) => arn('cloudwatch', 'alarm', name, ArnFormat.COLON_RESOURCE_NAME)),
    },
    describeAlarms: {
      actions: ['cloudwatch:DescribeAlarms'],
      resources: alarms.map((name) => arn('cloudwatch', 'alarm', name, ArnFormat.COLON_RESOURCE_NAME)),
    },
    readMuteRules: {
      actions: ['cloudwatch:ListAlarmMuteRules', 'cloudwatch:GetAlarmMuteRule'],
      resources: ['*'],
      wildcardReason:
        'Mute rules are made by people under names that are not known here; they are only read.',
    },
    readMetrics: {
      actions: ['cloudwatch:GetMetricData'],
      resources: ['*'],
      wildcardReason: 'CloudWatch has no resource-level permissions for reading metrics.',
    },
    describeServices: { actions: ['ecs:DescribeServices'], resources: serviceArns },
    /** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
    listDeployments: { actions: ['ecs:ListServiceDeployments'], resources: serviceArns },
    describeDeployments: {
      actions: ['ecs:DescribeServiceDeployments'],
      resources: ofServices('service-deployment'),
      wildcardReason: versioned,
    },
    describeRevisions: {
      actions: ['ecs:DescribeServiceRevisions'],
      resources: ofServices('service-revision'),
      wildcardReason: versioned,
    },
    describeTaskDefinitions: {
      actions: ['ecs:DescribeTaskDefinition'],
      resources: ['*'],
      wildcardReason: 'ECS has no resource-level permission for DescribeTaskDefinition.',
    },
    updateServices: { actions: ['ecs:UpdateService'], resources: serviceArns },
    stopDeployments: {
      actions: ['ecs:StopServiceDeployment'],
      resources: ofServices('service-deployment'),
      wildcardReason: versioned,
    },
    readImages: {
      actions: ['ecr:DescribeImages'],
      resources: [arn('ecr', 'repository', '*')],
      wildcardReason:
        'Which repositories a service uses is in its task definitions, which change without Nightshift; image data are only looked up.',
    },
    readDatabaseSecrets: { actions: ['secretsmanager:GetSecretValue'], resources: secretArns },
    decryptDatabaseSecrets: { actions: ['kms:Decrypt'], resources: keyArns },
    writeReports: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/reports/*`],
      wildcardReason: 'Reports, each under the name of its run.',
    },
    publishNotices: { actions: ['sns:Publish'], resources: [stores.notices.topicArn, stores.pages.topicArn] },
    publishPages: { actions: ['sns:Publish'], resources: [stores.pages.topicArn] },
  } satisfies Record<string, Grant>;
}
export type Grants = ReturnType<typeof grantsFor>;
