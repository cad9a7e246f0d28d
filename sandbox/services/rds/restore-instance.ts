import { AwsError } from '../../contract.ts';
import { type RecoveryTarget, restoreBackup } from '../../postgres/backup.ts';
import { removeCluster } from '../../postgres/cluster.ts';
import { startCluster } from '../../postgres/server.ts';
import { tagMap } from '../tags.ts';
import { type Account, defaultParameterGroup, newResourceId } from './account.ts';
import { DEFAULT_CA, requireCertificateAuthority } from './certificate-authorities.ts';
import { DURATIONS } from './durations.ts';
import { invalidCombination } from './errors.ts';
import { newInstanceIdentifier } from './identifiers.ts';
import type { Configuration, Instance, SharedBackup } from './model.ts';
import { fillStorage, spoilRestore } from './spoil-restore.ts';
import { backUpPhase } from './take-snapshot.ts';

/** Members of a restore's input, other than what says from where and to which name, that the sandbox acts on. */
export const RESTORE_MEMBERS = [
  'DBInstanceClass',
  'DBSubnetGroupName',
  'DBParameterGroupName',
  'VpcSecurityGroupIds',
  'MultiAZ',
  'PubliclyAccessible',
  'AutoMinorVersionUpgrade',
  'CopyTagsToSnapshot',
  'EnableIAMDatabaseAuthentication',
  'DeletionProtection',
  'BackupRetentionPeriod',
  'StorageType',
  'CACertificateIdentifier',
  'MaxAllocatedStorage',
  'ManageMasterUserPassword',
  'AllocatedStorage',
  'OptionGroupName',
  'NetworkType',
  'Iops',
  'StorageThroughput',
  'EnableCloudwatchLogsExports',
  'PreferredBackupWindow',
  // All hosts are localhost here, and a port stands for a host's name: it follows the identifier whatever is asked for.
  'Port',
  'Tags',
];

/** The group that a VPC brings along; the sandbox has one such VPC. */
const DEFAULT_SECURITY_GROUP = 'sg-00000000000000000';

/** What a restore starts from. */
export interface RestoreSource {
  readonly configuration: Configuration;
  readonly masterUsername: string;
  readonly database: string;
  readonly data: SharedBackup;
  readonly target?: RecoveryTarget;
  /** Where a restore that reads another instance's archive says so. */
  readonly archiveReaders?: Set<Promise<unknown>>;
  /** False where the data are encrypted with a key that this account may not use. */
  readonly keyAccessible?: boolean;
  /** Tags that the instance gets unless the call gives some. */
  readonly tags: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: the inputs of both restore operations, as far as they are the same.
type Input = any;

/**
 * Begins to restore an instance: a new server at a new endpoint, which recovers from a backup.
 *
 * @param restored tells RDS's event of this kind of restore
 */
export function beginRestore(
  account: Account,
  name: string,
  input: Input,
  source: RestoreSource,
  restored: (instance: Instance) => void,
): Instance {
  const { machine, lifecycle } = account;
  const identifier = newInstanceIdentifier(name);
  if (account.isTaken(identifier))
    throw new AwsError('DBInstanceAlreadyExistsFault', `DB instance already exists: ${identifier}`);
  if (input.ManageMasterUserPassword)
    throw invalidCombination('ManageMasterUserPassword applies to restores of RDS for Oracle only.');
  const configuration = configurationFor(account, input, source.configuration);
  const instance: Instance = {
    identifier,
    resourceId: newResourceId(),
    masterUsername: source.masterUsername,
    database: source.database,
    createdAt: machine.clock.now(),
    status: 'creating',
    configuration,
    waiting: { changes: {} },
    parametersPending: false,
    tags: input.Tags?.length > 0 ? tagMap(input.Tags) : { ...source.tags },
    server: undefined,
    archiveReaders: new Set(),
  };
  account.instances.set(identifier, instance);
  const { data } = source;
  data.users += 1;
  const effect = machine.faults.next('rds-lifecycle:restore');
  lifecycle.start(instance, 'creating', async () => {
    await spoilRestore(account, instance, source.keyAccessible ?? true, effect).catch(async (error) => {
      await account.release(data);
      throw error;
    });
    await lifecycle.phase(instance, 'creating', DURATIONS.restore, async () => {
      try {
        const recovery = recover(account, instance, source);
        source.archiveReaders?.add(recovery);
        await recovery.finally(() => source.archiveReaders?.delete(recovery));
      } finally {
        await account.release(data);
      }
    });
    restored(instance);
    if (effect === 'storage-full') await fillStorage(account, instance);
    if (configuration.backupRetention > 0) await backUpPhase(account, instance);
  });
  return instance;
}

async function recover(account: Account, instance: Instance, source: RestoreSource): Promise<void> {
  const { machine } = account;
  const name = instance.resourceId.toLowerCase();
  const { cluster, settings } = await restoreBackup(machine, source.data.backup, name, source.target);
  const archiving = instance.configuration.backupRetention > 0;
  const port = await account.portOf(instance.identifier);
  try {
    instance.server = await startCluster(machine, cluster, { port, settings, archiving });
  } catch (error) {
    await removeCluster(cluster);
    throw error;
  }
}

/** Most of the source's configuration, but not who may reach it, who may log in otherwise, and what watches over it. */
function configurationFor(account: Account, input: Input, source: Configuration): Configuration {
  const { subnetGroups } = account;
  const subnetGroup: string = input.DBSubnetGroupName?.toLowerCase() ?? 'default';
  if (!subnetGroups.has(subnetGroup)) {
    throw new AwsError('DBSubnetGroupNotFoundFault', `DB subnet group ${subnetGroup} not found.`, {
      status: 404,
    });
  }
  const parameterGroup =
    input.DBParameterGroupName?.toLowerCase() ?? defaultParameterGroup(source.engineVersion);
  requireParameterGroup(account, parameterGroup, source.engineVersion);
  const caCertificate = input.CACertificateIdentifier ?? DEFAULT_CA;
  requireCertificateAuthority(caCertificate);
  const { AllocatedStorage: allocatedStorage = source.allocatedStorage } = input;
  if (allocatedStorage < source.allocatedStorage) {
    throw invalidCombination(
      `The allocated storage of ${allocatedStorage} GiB is less than that of the backup, ${source.allocatedStorage} GiB.`,
    );
  }
  const storageType: string = input.StorageType ?? source.storageType;
  requireAdjustable(storageType, allocatedStorage, input);
  return {
    ...source,
    allocatedStorage,
    iops: input.Iops ?? (storageType === source.storageType ? source.iops : undefined),
    throughput:
      input.StorageThroughput ?? (storageType === source.storageType ? source.throughput : undefined),
    optionGroup: input.OptionGroupName?.toLowerCase(),
    networkType: input.NetworkType,
    logExports: input.EnableCloudwatchLogsExports,
    backupWindow: input.PreferredBackupWindow,
    maintenanceWindow: undefined,
    performanceInsightsDays: undefined,
    performanceInsightsKeyId: undefined,
    instanceClass: input.DBInstanceClass ?? source.instanceClass,
    storageType,
    maxAllocatedStorage: input.MaxAllocatedStorage,
    multiAz: input.MultiAZ ?? false,
    // The default subnet group is the default VPC's, which is connected to the internet.
    publiclyAccessible: input.PubliclyAccessible ?? (subnetGroup === 'default' || source.publiclyAccessible),
    subnetGroup,
    securityGroups:
      input.VpcSecurityGroupIds?.length > 0 ? input.VpcSecurityGroupIds : [DEFAULT_SECURITY_GROUP],
    parameterGroup,
    caCertificate,
    iamAuthentication: input.EnableIAMDatabaseAuthentication ?? false,
    performanceInsights: false,
    monitoringInterval: 0,
    monitoringRoleArn: undefined,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    backupRetention: input.BackupRetentionPeriod ?? source.backupRetention,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    deletionProtection: input.DeletionProtection ?? false,
  };
}

/** PostgreSQL's gp3 storage is fixed below this size, in GiB. */
const GP3_ADJUSTABLE = 400;

/**
 * Fails as RDS does where IOPS or throughput are given for storage that has its own.
 *
 * @throws AwsError
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
 */
function requireAdjustable(storageType: string, gigabytes: number, input: Input): void {
  if (input.Iops === undefined && input.StorageThroughput === undefined) return;
  if (storageType.startsWith('io') || (storageType === 'gp3' && gigabytes >= GP3_ADJUSTABLE)) return;
  throw invalidCombination(
    `You can't specify IOPS or storage throughput for engine postgres and a storage size less than ${GP3_ADJUSTABLE}.`,
  );
}

/**
 * Fails as RDS does for a parameter group that nobody made and that is not the default one.
 *
 * @throws AwsError
 */
export function requireParameterGroup(account: Account, name: string, engineVersion: string): void {
  if (account.parameterGroups.has(name) || name === defaultParameterGroup(engineVersion)) return;
  throw new AwsError('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${name}`, { status: 404 });
}
