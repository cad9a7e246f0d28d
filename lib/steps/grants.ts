import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Parameter } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { alarmsOf, serviceNames } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';
import { databaseGrantsFor } from './database-grants.ts';
import { healthGrantsFor } from './health-grants.ts';
import { preflightGrantsFor } from './preflight-grants.ts';
import { secretGrantsFor } from './secret-grants.ts';
import type { Grant } from './step-function.ts';

/**
 * With more services than these, what is only read is granted by a pattern: all policies of a role may have 10,240 characters together.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MOST_NAMED = 10;
const MANY = 'More services are declared than the policies of a role can name; these are only looked at.';

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
  /** Each by its name, as long as the policies of a role can hold all names; afterwards what is only read is named by a pattern. */
  const many = services.length > MOST_NAMED;
  const clusters = [...new Set(ecs.map(({ cluster }) => cluster))];
  const readServiceArns = many
    ? clusters.map((cluster) => arn('ecs', 'service', `${cluster}/*`))
    : serviceArns;
  const alarmArn = (name: string) => arn('cloudwatch', 'alarm', name, ArnFormat.COLON_RESOURCE_NAME);
  const alarmArns = many
    ? [alarmArn('*')]
    : services.flatMap(([name, service]) => alarmsOf(config.name, name, service)).map(alarmArn);
  const databases = Object.values(config.databases);
  const dynamodb = (actions: string[], ...resources: string[]): Grant => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources,
  });
  const kinds = ['service', 'database', 'cache', 'secret', 'secrets', 'fleet'] as const;
  const versioned =
    'The deployments and revisions of the declared services alone: their ids are made when they are deployed.';

  /** Commands that take migrations back, with where they run and what they may do. */
  const migrating = databases.flatMap(({ restore: { migrateDown } }) => {
    const service = config.services[migrateDown?.service ?? ''];
    return migrateDown === undefined || service === undefined
      ? []
      : [{ roleArns: migrateDown.roleArns, cluster: serviceNames(scope, service).cluster }];
  });
  const inTheirClusters = {
    ArnEquals: {
      'ecs:cluster': [...new Set(migrating.map(({ cluster }) => arn('ecs', 'cluster', cluster)))],
    },
  };

  const ofServices = (resource: string) =>
    ecs.map(({ cluster, service }) => arn('ecs', resource, `${cluster}/${service}/*`));
  const readOfServices = (resource: string) =>
    many ? clusters.map((cluster) => arn('ecs', resource, `${cluster}/*`)) : ofServices(resource);

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
      resources: many
        ? [parameter(`${Parameter.targets(config.name, 'service')}*`)]
        : services.map(([name]) => parameter(Parameter.target(config.name, 'service', name))),
      wildcardReason: MANY,
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
      resources: alarmArns,
      wildcardReason: MANY,
    },
    describeAlarms: {
      actions: ['cloudwatch:DescribeAlarms'],
      resources: alarmArns,
      wildcardReason: MANY,
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
    describeServices: {
      actions: ['ecs:DescribeServices'],
      resources: readServiceArns,
      wildcardReason: MANY,
    },
    /** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
    listDeployments: {
      actions: ['ecs:ListServiceDeployments'],
      resources: readServiceArns,
      wildcardReason: MANY,
    },
    describeDeployments: {
      actions: ['ecs:DescribeServiceDeployments'],
      resources: readOfServices('service-deployment'),
      wildcardReason: versioned,
    },
    describeRevisions: {
      actions: ['ecs:DescribeServiceRevisions'],
      resources: readOfServices('service-revision'),
      wildcardReason: versioned,
    },
    describeTasks: {
      actions: ['ecs:DescribeTasks'],
      resources: clusters.map((cluster) => arn('ecs', 'task', `${cluster}/*`)),
      wildcardReason: 'Tasks get their ids when they are started; only those of the declared clusters.',
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
    /** To run the command that takes a migration back, with the release that brought it. */
    runMigrations: {
      actions: ['ecs:RunTask'],
      resources: migrating.length > 0 ? [arn('ecs', 'task-definition', '*')] : [],
      conditions: inTheirClusters,
      wildcardReason:
        'Releases get their task definitions when they are deployed; tasks are run in the clusters of the declared services alone.',
    },
    passMigrationRoles: {
      actions: ['iam:PassRole'],
      resources: migrating.flatMap(({ roleArns }) => roleArns),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    listMigrationTasks: {
      actions: ['ecs:ListTasks'],
      resources: migrating.length > 0 ? ['*'] : [],
      conditions: inTheirClusters,
      wildcardReason: 'ECS lists tasks of a cluster, which the condition names.',
    },
    readImages: {
      actions: ['ecr:DescribeImages'],
      resources: [arn('ecr', 'repository', '*')],
      wildcardReason:
        'Which repositories a service uses is in its task definitions, which change without Nightshift; image data are only looked up.',
    },
    /** Without it S3 answers a key that is not there by "access denied". */
    findObjects: { actions: ['s3:ListBucket'], resources: [stores.reports.bucketArn] },
    writeReports: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/reports/*`],
      wildcardReason: 'Reports, each under the name of its run.',
    },
    readScaling: {
      actions: ['application-autoscaling:DescribeScalableTargets'],
      resources: ['*'],
      wildcardReason: 'Application Auto Scaling has no resource-level permission for describing.',
    },
    suspendScaling: {
      actions: ['application-autoscaling:RegisterScalableTarget'],
      resources: [arn('application-autoscaling', 'scalable-target', '*')],
      wildcardReason:
        'Scalable targets have ids that AWS makes; only existing ones of the declared services are suspended.',
    },
    publishNotices: { actions: ['sns:Publish'], resources: [stores.notices.topicArn, stores.pages.topicArn] },
    publishPlainNotices: { actions: ['sns:Publish'], resources: [stores.notices.topicArn] },
    publishPages: { actions: ['sns:Publish'], resources: [stores.pages.topicArn] },
    ...databaseGrantsFor(scope, config, stores),
    ...preflightGrantsFor(scope, config, stores),
    ...healthGrantsFor(scope, config, stores),
    ...secretGrantsFor(scope, config, stores),
  };
}
export type Grants = ReturnType<typeof grantsFor> & {
  /** Set once the keepers have ARNs. */
  readonly askKeepers: Grant;
};
