import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OWNER_TAG, Parameter, Tag } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { alarmsOf, serviceNames } from '../config/targets.ts';
import type { Stores } from '../stores/stores.ts';
import { healthGrantsFor } from './health-grants.ts';
import { preflightGrantsFor } from './preflight-grants.ts';
import { secretGrantsFor } from './secret-grants.ts';
import type { Grant } from './step-function.ts';

/** So much of a declared name is in every name that is made from it: the longest ending has 16 characters of 63. */
const STEM_LENGTH = 40;
/** The same of a declared database's name in the names of its snapshots. */
const SNAPSHOT_STEM_LENGTH = 30;
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
  const secrets = [
    ...new Set(databases.flatMap(({ secret, masterSecret }) => [secret, masterSecret ?? secret])),
  ].map((name) => config.secrets[name]);
  const secretArns = secrets.map((secret) =>
    typeof secret?.secret === 'string' ? secret.secret : (secret?.secret.secretArn ?? ''),
  );
  const keyArns = secrets.flatMap((secret) => secret?.keyArn ?? []);
  const dynamodb = (actions: string[], ...resources: string[]): Grant => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources,
  });
  const kinds = ['service', 'database', 'cache', 'secret', 'secrets', 'fleet'] as const;
  const versioned =
    'The deployments and revisions of the declared services alone: their ids are made when they are deployed.';

  const rds = (resource: string, name: string) => arn('rds', resource, name, ArnFormat.COLON_RESOURCE_NAME);
  const instanceNames = databases.map(({ instance }) =>
    typeof instance === 'string' ? instance.toLowerCase() : instance.instanceIdentifier,
  );
  const declared = instanceNames.map((name) => rds('db', name));
  /** Names that runs give: `main-restored-3fa91c`; a long name is cut where its ending would not fit. */
  const given = (...purposes: string[]) =>
    instanceNames.flatMap((name) =>
      purposes.map((purpose) =>
        rds('db', `${Token.isUnresolved(name) ? name : name.slice(0, STEM_LENGTH)}*-${purpose}-*`),
      ),
    );
  const namedByRuns = 'Instances that runs name after the declared ones; each ends in digits of its run.';
  /** As functions/rds/snapshot-name.ts makes them. */
  const ownSnapshots = Object.keys(config.databases).map((name) =>
    rds(
      'snapshot',
      `nightshift-${name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, SNAPSHOT_STEM_LENGTH)}*`,
    ),
  );
  /** Nothing but what this deployment has made itself. */
  const own = { StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: config.name } };
  const asOwn = { StringEquals: { [`aws:RequestTag/${OWNER_TAG}`]: config.name } };

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

  /** The one tag that says who restores from a snapshot. */
  const inUseMark = {
    resources: [rds('snapshot', '*')],
    conditions: {
      'ForAllValues:StringEquals': { 'aws:TagKeys': [Tag.inUseBy] },
      // "For all values" holds for none, too.
      Null: { 'aws:TagKeys': 'false' },
    },
    wildcardReason: 'Only the one tag that says who restores from a snapshot, which may be any.',
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
    readDatabaseSecrets: { actions: ['secretsmanager:GetSecretValue'], resources: secretArns },
    decryptDatabaseSecrets: { actions: ['kms:Decrypt'], resources: keyArns },
    writeReports: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/reports/*`],
      wildcardReason: 'Reports, each under the name of its run.',
    },
    describeInstances: {
      actions: ['rds:DescribeDBInstances'],
      resources: [rds('db', '*')],
      wildcardReason: 'Instances that runs make get their names when they are made; they are only looked at.',
    },
    describeSnapshots: {
      actions: ['rds:DescribeDBSnapshots'],
      resources: [rds('snapshot', '*')],
      wildcardReason: 'Snapshots get their names when they are taken; they are only looked at.',
    },
    /** Also those that another account shares. */
    describeAnySnapshots: {
      actions: ['rds:DescribeDBSnapshots'],
      resources: [
        stack.formatArn({
          service: 'rds',
          account: '*',
          resource: 'snapshot',
          resourceName: '*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      wildcardReason:
        'Any snapshot may be restored from, one that another account shares too; they are only looked at.',
    },
    createSnapshots: {
      actions: ['rds:CreateDBSnapshot'],
      resources: [...declared, ...ownSnapshots],
      wildcardReason: 'Snapshots of the declared databases alone; each name ends in the time of its run.',
    },
    tagNewSnapshots: {
      actions: ['rds:AddTagsToResource'],
      resources: ownSnapshots,
      conditions: asOwn,
      wildcardReason: 'Snapshots of the declared databases alone; each name ends in the time of its run.',
    },
    markSnapshots: {
      actions: ['rds:AddTagsToResource'],
      resources: ownSnapshots,
      conditions: own,
      wildcardReason: 'Only snapshots that carry the tag of this deployment.',
    },
    deleteSnapshots: {
      actions: ['rds:DeleteDBSnapshot'],
      resources: [rds('snapshot', '*')],
      conditions: own,
      wildcardReason: 'Only snapshots that carry the tag of this deployment.',
    },
    markSnapshotsInUse: { actions: ['rds:AddTagsToResource'], ...inUseMark },
    releaseSnapshots: { actions: ['rds:RemoveTagsFromResource'], ...inUseMark },
    /** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html */
    useDatabaseKeys: {
      actions: ['kms:CreateGrant', 'kms:DescribeKey'],
      resources: [...new Set(databases.flatMap(({ keyArn }) => keyArn ?? []))],
      conditions: { StringEquals: { 'kms:ViaService': `rds.${stack.region}.${stack.urlSuffix}` } },
    },
    restoreInstances: {
      actions: ['rds:RestoreDBInstanceFromDBSnapshot', 'rds:RestoreDBInstanceToPointInTime'],
      resources: [
        ...declared,
        ...given('restored', 'drill'),
        stack.formatArn({
          service: 'rds',
          account: '*',
          resource: 'snapshot',
          resourceName: '*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        rds('subgrp', '*'),
        rds('pg', '*'),
        rds('og', '*'),
      ],
      wildcardReason:
        'Any snapshot may be restored from, with the groups that the original has; new instances get names of their own.',
    },
    tagRestored: {
      actions: ['rds:AddTagsToResource'],
      resources: given('restored', 'drill'),
      conditions: asOwn,
      wildcardReason: namedByRuns,
    },
    modifyRestored: {
      actions: ['rds:ModifyDBInstance'],
      resources: given('restored', 'drill'),
      conditions: own,
      wildcardReason: namedByRuns,
    },
    /** Enhanced monitoring of the original goes on in the restored one. */
    passMonitoringRole: {
      actions: ['iam:PassRole'],
      resources: [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: '*' })],
      conditions: { StringEquals: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' } },
      wildcardReason:
        'The role with which the original is monitored, which is known only to RDS; it can be given to RDS alone, for monitoring.',
    },
    renameInstances: {
      actions: ['rds:ModifyDBInstance'],
      resources: [...declared, ...given('restored', 'before')],
      wildcardReason: namedByRuns,
    },
    tagSwapped: {
      actions: ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
      resources: [...declared, ...given('restored', 'before')],
      wildcardReason: namedByRuns,
    },
    deleteScratch: {
      actions: ['rds:DeleteDBInstance', 'rds:ModifyDBInstance'],
      resources: given('drill'),
      conditions: own,
      wildcardReason: namedByRuns,
    },
    deleteLeftovers: {
      actions: ['rds:DeleteDBInstance', 'rds:ModifyDBInstance'],
      resources: given('drill', 'restored'),
      conditions: own,
      wildcardReason: namedByRuns,
    },
    readManifests: {
      actions: ['s3:GetObject'],
      resources: [`${stores.reports.bucketArn}/manifests/*`],
      wildcardReason: 'Manifests, each under the name of its snapshot.',
    },
    writeManifests: {
      actions: ['s3:PutObject'],
      resources: [`${stores.reports.bucketArn}/manifests/*`],
      wildcardReason: 'Manifests, each under the name of its snapshot.',
    },
    /** Without it S3 answers a key that is not there by "access denied". */
    listManifests: { actions: ['s3:ListBucket'], resources: [stores.reports.bucketArn] },
    deleteManifests: {
      actions: ['s3:DeleteObject'],
      resources: [`${stores.reports.bucketArn}/manifests/*`],
      wildcardReason: 'Manifests, each under the name of its snapshot.',
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
    ...preflightGrantsFor(scope, config, stores),
    ...healthGrantsFor(scope, config, stores),
    ...secretGrantsFor(scope, config, stores),
  };
}
export type Grants = ReturnType<typeof grantsFor> & {
  /** Set once the keepers have ARNs. */
  readonly askKeepers: Grant;
};
