import type { Machine } from '../../contract.ts';
import { tagList } from '../tags.ts';
import { type Account, defaultOptionGroup } from './account.ts';
import { ARCHIVE_INTERVAL } from './durations.ts';
import type { Instance, Snapshot } from './model.ts';

/** The instance as `DBInstance`. */
export function describeInstance(account: Account, instance: Instance) {
  const { machine } = account;
  const { configuration, server } = instance;
  const latest = latestRestorableTime(account, instance);
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceArn: instanceArn(machine, instance),
    DbiResourceId: instance.resourceId,
    DBInstanceClass: configuration.instanceClass,
    DBInstanceStatus: instance.status,
    Engine: 'postgres',
    EngineVersion: configuration.engineVersion,
    MasterUsername: instance.masterUsername,
    DBName: instance.database,
    Endpoint: server === undefined ? undefined : { Address: server.host, Port: server.port },
    AllocatedStorage: configuration.allocatedStorage,
    MaxAllocatedStorage: configuration.maxAllocatedStorage,
    StorageType: configuration.storageType,
    StorageEncrypted: configuration.storageEncrypted,
    KmsKeyId: configuration.kmsKeyId,
    InstanceCreateTime: new Date(instance.createdAt),
    MultiAZ: configuration.multiAz,
    PubliclyAccessible: configuration.publiclyAccessible,
    DBSubnetGroup: { DBSubnetGroupName: configuration.subnetGroup, SubnetGroupStatus: 'Complete' },
    VpcSecurityGroups: configuration.securityGroups.map((id) => ({
      VpcSecurityGroupId: id,
      Status: 'active',
    })),
    DBParameterGroups: [
      {
        DBParameterGroupName: configuration.parameterGroup,
        ParameterApplyStatus: instance.parametersPending ? 'pending-reboot' : 'in-sync',
      },
    ],
    CACertificateIdentifier: configuration.caCertificate,
    IAMDatabaseAuthenticationEnabled: configuration.iamAuthentication,
    PerformanceInsightsEnabled: configuration.performanceInsights,
    PerformanceInsightsRetentionPeriod: configuration.performanceInsights
      ? (configuration.performanceInsightsDays ?? 7)
      : undefined,
    PerformanceInsightsKMSKeyId: configuration.performanceInsights
      ? configuration.performanceInsightsKeyId
      : undefined,
    OptionGroupMemberships: [
      {
        OptionGroupName: configuration.optionGroup ?? defaultOptionGroup(configuration.engineVersion),
        Status: 'in-sync',
      },
    ],
    NetworkType: configuration.networkType ?? 'IPV4',
    Iops: configuration.iops,
    StorageThroughput: configuration.throughput,
    EnabledCloudwatchLogsExports: configuration.logExports,
    PreferredBackupWindow: configuration.backupWindow ?? '03:00-03:30',
    PreferredMaintenanceWindow: configuration.maintenanceWindow ?? 'sun:05:00-sun:05:30',
    MonitoringInterval: configuration.monitoringInterval,
    MonitoringRoleArn: configuration.monitoringRoleArn,
    AutoMinorVersionUpgrade: configuration.autoMinorVersionUpgrade,
    BackupRetentionPeriod: configuration.backupRetention,
    LatestRestorableTime: latest === undefined ? undefined : new Date(latest),
    CopyTagsToSnapshot: configuration.copyTagsToSnapshot,
    DeletionProtection: configuration.deletionProtection,
    PendingModifiedValues: describeWaiting(instance),
    MasterUserSecret: instance.masterSecret && {
      SecretArn: instance.masterSecret.arn,
      SecretStatus: 'active',
      KmsKeyId: machine.arn('kms', 'alias/aws/secretsmanager'),
    },
    TagList: tagList(instance.tags),
  };
}

function describeWaiting({ waiting }: Instance) {
  const { identifier, password, changes } = waiting;
  return {
    DBInstanceIdentifier: identifier,
    MasterUserPassword: password ? '****' : undefined,
    MultiAZ: changes.multiAz,
    IAMDatabaseAuthenticationEnabled: changes.iamAuthentication,
    CACertificateIdentifier: changes.caCertificate,
    BackupRetentionPeriod: changes.backupRetention,
  };
}

/** The snapshot as `DBSnapshot`. */
export function describeSnapshot(machine: Machine, snapshot: Snapshot) {
  const { configuration } = snapshot;
  const { takenAt, originallyTakenAt } = snapshot;
  return {
    DBSnapshotIdentifier: shownIdentifier(machine, snapshot),
    DBSnapshotArn: snapshotArn(machine, snapshot),
    DBInstanceIdentifier: snapshot.instanceIdentifier,
    DbiResourceId: snapshot.resourceId,
    SnapshotType: shownType(snapshot),
    Status: snapshot.status,
    PercentProgress: progressOf(machine, snapshot),
    SnapshotCreateTime: takenAt === undefined ? undefined : new Date(takenAt),
    OriginalSnapshotCreateTime: originallyTakenAt === undefined ? undefined : new Date(originallyTakenAt),
    SnapshotDatabaseTime: originallyTakenAt === undefined ? undefined : new Date(originallyTakenAt),
    SourceDBSnapshotIdentifier: snapshot.sourceArn,
    Engine: 'postgres',
    EngineVersion: configuration.engineVersion,
    AllocatedStorage: configuration.allocatedStorage,
    StorageType: configuration.storageType,
    Encrypted: configuration.storageEncrypted,
    KmsKeyId: configuration.kmsKeyId,
    Port: snapshot.port,
    InstanceCreateTime: new Date(snapshot.instanceCreatedAt),
    MasterUsername: snapshot.masterUsername,
    BackupRetentionPeriod: configuration.backupRetention,
    IAMDatabaseAuthenticationEnabled: configuration.iamAuthentication,
    TagList: tagList(snapshot.tags),
  };
}

function progressOf(machine: Machine, snapshot: Snapshot): number {
  if (snapshot.status !== 'creating') return snapshot.status === 'failed' ? 0 : 100;
  const share = (machine.clock.now() - snapshot.begunAt) / snapshot.duration;
  return Math.max(0, Math.min(99, Math.floor(share * 100)));
}

export const instanceArn = (machine: Machine, { identifier }: { identifier: string }): string =>
  machine.arn('rds', `db:${identifier}`);

export const snapshotArn = (
  machine: Machine,
  { identifier, sharedBy }: Pick<Snapshot, 'identifier' | 'sharedBy'>,
): string => machine.arn('rds', `snapshot:${identifier}`, sharedBy ? { account: sharedBy.account } : {});

/** The name that a snapshot has in this account: one of another account has no other than its ARN. */
export const shownIdentifier = (machine: Machine, snapshot: Snapshot): string =>
  snapshot.sharedBy ? snapshotArn(machine, snapshot) : snapshot.identifier;

export const shownType = ({ sharedBy, type }: Snapshot): string => (sharedBy ? 'shared' : type);

/** The automated snapshots of an instance that are complete, oldest first. */
export function automatedSnapshots({ snapshots }: Account, { resourceId }: Instance): Snapshot[] {
  return [...snapshots.values()].filter(
    (snapshot) =>
      snapshot.type === 'automated' && snapshot.resourceId === resourceId && snapshot.status === 'available',
  );
}

/** Until when an instance can be restored: what is newer has not reached the archive. Undefined without automated backups. */
export function latestRestorableTime(account: Account, instance: Instance): number | undefined {
  const earliest = automatedSnapshots(account, instance)[0]?.takenAt;
  if (earliest === undefined || instance.configuration.backupRetention === 0) return undefined;
  const now = account.machine.clock.now();
  return Math.max(earliest, now - (now % ARCHIVE_INTERVAL));
}
