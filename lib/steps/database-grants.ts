import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import type { Stores } from '../stores/stores.ts';

/** So much of a declared name is in every name that is made from it: the longest ending has 16 characters of 63. */
const STEM_LENGTH = 40;
/** The same of a declared database's name in the names of its snapshots. */
const SNAPSHOT_STEM_LENGTH = 30;

/** The permissions of what looks at databases, takes snapshots of them, restores and swaps them. */
export function databaseGrantsFor(scope: Construct, config: NightshiftConfig, stores: Stores) {
  const stack = Stack.of(scope);
  const databases = Object.values(config.databases);
  const secrets = [
    ...new Set(databases.flatMap(({ secret, masterSecret }) => [secret, masterSecret ?? secret])),
  ].map((name) => config.secrets[name]);
  const secretArns = secrets.map((secret) =>
    typeof secret?.secret === 'string' ? secret.secret : (secret?.secret.secretArn ?? ''),
  );
  const keyArns = secrets.flatMap((secret) => secret?.keyArn ?? []);
  const rds = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'rds', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
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

  return {
    readDatabaseSecrets: { actions: ['secretsmanager:GetSecretValue'], resources: secretArns },
    decryptDatabaseSecrets: { actions: ['kms:Decrypt'], resources: keyArns },
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
    deleteManifests: {
      actions: ['s3:DeleteObject'],
      resources: [`${stores.reports.bucketArn}/manifests/*`],
      wildcardReason: 'Manifests, each under the name of its snapshot.',
    },
  };
}
