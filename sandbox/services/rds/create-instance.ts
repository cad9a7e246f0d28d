import pg from 'pg';
import type { CreatedResource, Resource } from '../../contract.ts';
import { createCluster } from '../../postgres/cluster.ts';
import { type PostgresServer, startCluster } from '../../postgres/server.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { tagMap } from '../tags.ts';
import { type Account, defaultParameterGroup, newResourceId } from './account.ts';
import { DEFAULT_CA } from './certificate-authorities.ts';
import { instanceArn } from './describe.ts';
import { newInstanceIdentifier } from './identifiers.ts';
import { working } from './lifecycle.ts';
import { keepMasterSecret, newMasterPassword } from './master-secret.ts';
import type { Configuration, Instance } from './model.ts';
import { backUp, tellBackedUp } from './take-snapshot.ts';

const PROPERTIES = [
  'DBInstanceIdentifier',
  'DBInstanceClass',
  'AllocatedStorage',
  'Engine',
  'EngineVersion',
  'MasterUsername',
  'MasterUserPassword',
  'DBName',
  'Port',
  'DBSubnetGroupName',
  'DBParameterGroupName',
  'VPCSecurityGroups',
  'StorageType',
  'StorageEncrypted',
  'KmsKeyId',
  'MultiAZ',
  'BackupRetentionPeriod',
  'DeletionProtection',
  'CopyTagsToSnapshot',
  'PubliclyAccessible',
  'EnableIAMDatabaseAuthentication',
  'EnablePerformanceInsights',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'AutoMinorVersionUpgrade',
  'CACertificateIdentifier',
  'DeleteAutomatedBackups',
  'MaxAllocatedStorage',
  'ManageMasterUserPassword',
  'OptionGroupName',
  'NetworkType',
  'Iops',
  'StorageThroughput',
  'PerformanceInsightsRetentionPeriod',
  'PerformanceInsightsKMSKeyId',
  'EnableCloudwatchLogsExports',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
];

/** What RDS lets the master user do; it is no superuser. */
const MASTER_ROLES = ['pg_monitor', 'pg_signal_backend', 'pg_read_all_data', 'pg_write_all_data'];

/** Creates an instance of a template: a new server, and its first backup where it is to have any. */
export async function createInstance(account: Account, resource: Resource): Promise<CreatedResource> {
  refuseUnknown(resource, PROPERTIES);
  const { properties } = resource;
  const { machine, events } = account;
  if (properties.Engine !== 'postgres')
    throw new Error(`the sandbox runs the engine postgres, not ${properties.Engine}`);
  const identifier = newInstanceIdentifier(properties.DBInstanceIdentifier ?? resource.physicalName(63));
  if (account.isTaken(identifier)) throw new Error(`there is a DB instance ${identifier} already`);
  const managed = String(properties.ManageMasterUserPassword) === 'true';
  if (managed === (properties.MasterUserPassword !== undefined))
    throw new Error('either MasterUserPassword or ManageMasterUserPassword must be given');
  const password: string = managed ? newMasterPassword() : properties.MasterUserPassword;
  const instance: Instance = {
    identifier,
    resourceId: newResourceId(),
    masterUsername: properties.MasterUsername,
    database: properties.DBName ?? 'postgres',
    createdAt: machine.clock.now(),
    status: 'creating',
    configuration: configurationOf(properties),
    waiting: { changes: {} },
    parametersPending: false,
    tags: tagMap(properties.Tags),
    server: undefined,
    archiveReaders: new Set(),
  };
  const archiving = instance.configuration.backupRetention > 0;
  const server = await working(machine, async () => {
    const cluster = await createCluster(machine, instance.resourceId.toLowerCase());
    const started = await startCluster(machine, cluster, {
      port: await account.portOf(identifier),
      archiving,
    });
    instance.server = started;
    account.instances.set(identifier, instance);
    await createMaster(started, instance, password);
    if (managed) instance.masterSecret = keepMasterSecret(account, instance, password);
    return started;
  });
  events.ofInstance(instance, 'RDS-EVENT-0005', 'DB instance created');
  if (archiving) {
    await backUp(account, instance);
    tellBackedUp(account, instance);
  }
  instance.status = 'available';
  return {
    ref: identifier,
    attributes: {
      'Endpoint.Address': server.host,
      'Endpoint.Port': String(server.port),
      DBInstanceArn: instanceArn(machine, instance),
      DbiResourceId: instance.resourceId,
      ...(instance.masterSecret && { 'MasterUserSecret.SecretArn': instance.masterSecret.arn }),
    },
  };
}

async function createMaster(server: PostgresServer, instance: Instance, password: string): Promise<void> {
  const master = pg.escapeIdentifier(instance.masterUsername);
  await server.administer('postgres', [
    `CREATE ROLE rds_superuser`,
    `GRANT ${MASTER_ROLES.join(', ')} TO rds_superuser WITH ADMIN OPTION`,
    `CREATE ROLE ${master} LOGIN CREATEROLE CREATEDB PASSWORD ${pg.escapeLiteral(password)}`,
    `GRANT rds_superuser TO ${master}`,
    ...(instance.database === 'postgres'
      ? []
      : [`CREATE DATABASE ${pg.escapeIdentifier(instance.database)} OWNER ${master}`]),
  ]);
}

/** CloudFormation's properties come as text or not, and its defaults are its own. */
function configurationOf(properties: Resource['properties']): Configuration {
  const is = (value: unknown, otherwise: boolean) =>
    value === undefined ? otherwise : String(value) === 'true';
  const engineVersion = String(properties.EngineVersion ?? '17');
  return {
    instanceClass: properties.DBInstanceClass,
    engineVersion,
    allocatedStorage: Number(properties.AllocatedStorage ?? 20),
    maxAllocatedStorage:
      properties.MaxAllocatedStorage === undefined ? undefined : Number(properties.MaxAllocatedStorage),
    storageType: properties.StorageType ?? 'gp2',
    storageEncrypted: is(properties.StorageEncrypted, false),
    kmsKeyId: properties.KmsKeyId,
    multiAz: is(properties.MultiAZ, false),
    publiclyAccessible: is(properties.PubliclyAccessible, properties.DBSubnetGroupName === undefined),
    subnetGroup: properties.DBSubnetGroupName?.toLowerCase() ?? 'default',
    securityGroups: properties.VPCSecurityGroups ?? [],
    parameterGroup: properties.DBParameterGroupName?.toLowerCase() ?? defaultParameterGroup(engineVersion),
    caCertificate: properties.CACertificateIdentifier ?? DEFAULT_CA,
    iamAuthentication: is(properties.EnableIAMDatabaseAuthentication, false),
    performanceInsights: is(properties.EnablePerformanceInsights, false),
    monitoringInterval: Number(properties.MonitoringInterval ?? 0),
    monitoringRoleArn: properties.MonitoringRoleArn,
    autoMinorVersionUpgrade: is(properties.AutoMinorVersionUpgrade, true),
    backupRetention: Number(properties.BackupRetentionPeriod ?? 1),
    copyTagsToSnapshot: is(properties.CopyTagsToSnapshot, false),
    deletionProtection: is(properties.DeletionProtection, false),
    optionGroup: properties.OptionGroupName?.toLowerCase(),
    networkType: properties.NetworkType,
    iops: properties.Iops === undefined ? undefined : Number(properties.Iops),
    throughput: properties.StorageThroughput === undefined ? undefined : Number(properties.StorageThroughput),
    performanceInsightsDays:
      properties.PerformanceInsightsRetentionPeriod === undefined
        ? undefined
        : Number(properties.PerformanceInsightsRetentionPeriod),
    performanceInsightsKeyId: properties.PerformanceInsightsKMSKeyId,
    logExports: properties.EnableCloudwatchLogsExports,
    backupWindow: properties.PreferredBackupWindow,
    maintenanceWindow: properties.PreferredMaintenanceWindow,
  };
}
