import type { DBInstance } from '@aws-sdk/client-rds';
import type { InspectedInstance, InstanceSettings } from './state.ts';
import { tagsOf } from './tags.ts';

/** RDS's own default for PostgreSQL; an instance that is being made does not always tell its port yet. */
const POSTGRESQL_PORT = 5432;

/** A DB instance as RDS describes it, in our words; what RDS leaves out is null or off. */
export function inspectedInstance(described: DBInstance): InspectedInstance {
  return {
    identifier: described.DBInstanceIdentifier ?? '',
    arn: described.DBInstanceArn ?? '',
    resourceId: described.DbiResourceId ?? '',
    status: described.DBInstanceStatus ?? 'unknown',
    engineVersion: described.EngineVersion ?? '',
    masterUsername: described.MasterUsername ?? '',
    managedSecretArn: described.MasterUserSecret?.SecretArn ?? null,
    encrypted: described.StorageEncrypted ?? false,
    kmsKeyId: described.KmsKeyId ?? null,
    createdAt: described.InstanceCreateTime?.toISOString() ?? '',
    latestRestorableAt: described.LatestRestorableTime?.toISOString() ?? null,
    settings: instanceSettings(described),
    tags: tagsOf(described.TagList),
  };
}

/**
 * Its settings as they hold now: what waits for the maintenance window is not among them.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
 */
export function instanceSettings(described: DBInstance): InstanceSettings {
  return {
    instanceClass: described.DBInstanceClass ?? '',
    // `DbInstancePort` is 0 except for members of clusters.
    port: described.Endpoint?.Port ?? (described.DbInstancePort || POSTGRESQL_PORT),
    subnetGroup: described.DBSubnetGroup?.DBSubnetGroupName ?? '',
    securityGroups: (described.VpcSecurityGroups ?? [])
      .filter(({ Status }) => Status !== 'removing' && Status !== 'removed')
      .flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []),
    parameterGroup: described.DBParameterGroups?.[0]?.DBParameterGroupName ?? '',
    optionGroup: optionGroup(described),
    multiAz: described.MultiAZ ?? false,
    publiclyAccessible: described.PubliclyAccessible ?? false,
    networkType: described.NetworkType ?? null,
    iamAuthentication: described.IAMDatabaseAuthenticationEnabled ?? false,
    deletionProtection: described.DeletionProtection ?? false,
    caCertificate: described.CACertificateIdentifier ?? null,
    storageType: described.StorageType ?? '',
    allocatedGigabytes: described.AllocatedStorage ?? 0,
    maxAllocatedGigabytes: described.MaxAllocatedStorage ?? null,
    iops: described.Iops ?? null,
    throughput: described.StorageThroughput ?? null,
    monitoringInterval: described.MonitoringInterval ?? 0,
    monitoringRoleArn: described.MonitoringRoleArn ?? null,
    performanceInsights: described.PerformanceInsightsEnabled ?? false,
    performanceInsightsDays: described.PerformanceInsightsRetentionPeriod ?? null,
    performanceInsightsKeyId: described.PerformanceInsightsKMSKeyId ?? null,
    logExports: [...(described.EnabledCloudwatchLogsExports ?? [])].sort(),
    copyTagsToSnapshot: described.CopyTagsToSnapshot ?? false,
    autoMinorVersionUpgrade: described.AutoMinorVersionUpgrade ?? false,
    backupRetentionDays: described.BackupRetentionPeriod ?? 0,
    backupWindow: described.PreferredBackupWindow ?? null,
    maintenanceWindow: described.PreferredMaintenanceWindow ?? null,
  };
}

/** While a group is being replaced, RDS lists both. */
function optionGroup({ OptionGroupMemberships = [] }: DBInstance): string | null {
  const staying = OptionGroupMemberships.filter(({ Status = '' }) => !Status.includes('remov'));
  return staying[0]?.OptionGroupName ?? null;
}
