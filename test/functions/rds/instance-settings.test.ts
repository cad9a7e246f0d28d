import { expect, it } from 'vitest';
import { inspectedInstance, instanceSettings } from '../../../functions/rds/instance-settings.ts';
import { InspectedInstance } from '../../../functions/rds/state.ts';

it('tells all that a restore must carry over', () => {
  expect(
    instanceSettings({
      DBInstanceClass: 'db.r6g.large',
      Endpoint: { Address: 'x', Port: 5433 },
      DbInstancePort: 0,
      DBSubnetGroup: { DBSubnetGroupName: 'inside' },
      VpcSecurityGroups: [
        { VpcSecurityGroupId: 'sg-1', Status: 'active' },
        { VpcSecurityGroupId: 'sg-2', Status: 'adding' },
        { VpcSecurityGroupId: 'sg-3', Status: 'removing' },
      ],
      DBParameterGroups: [{ DBParameterGroupName: 'own17' }],
      OptionGroupMemberships: [
        { OptionGroupName: 'old', Status: 'removing' },
        { OptionGroupName: 'own', Status: 'in-sync' },
      ],
      MultiAZ: true,
      PubliclyAccessible: true,
      NetworkType: 'DUAL',
      IAMDatabaseAuthenticationEnabled: true,
      DeletionProtection: true,
      CACertificateIdentifier: 'rds-ca-rsa4096-g1',
      StorageType: 'gp3',
      AllocatedStorage: 400,
      MaxAllocatedStorage: 1000,
      Iops: 12_000,
      StorageThroughput: 500,
      MonitoringInterval: 60,
      MonitoringRoleArn: 'arn:monitoring',
      PerformanceInsightsEnabled: true,
      PerformanceInsightsRetentionPeriod: 31,
      PerformanceInsightsKMSKeyId: 'arn:key',
      EnabledCloudwatchLogsExports: ['upgrade', 'postgresql'],
      CopyTagsToSnapshot: true,
      AutoMinorVersionUpgrade: true,
      BackupRetentionPeriod: 14,
      PreferredBackupWindow: '01:00-01:30',
      PreferredMaintenanceWindow: 'sun:02:00-sun:03:00',
      PendingModifiedValues: { DBInstanceClass: 'db.r6g.xlarge' },
    }),
  ).toEqual({
    instanceClass: 'db.r6g.large',
    port: 5433,
    subnetGroup: 'inside',
    securityGroups: ['sg-1', 'sg-2'],
    parameterGroup: 'own17',
    optionGroup: 'own',
    multiAz: true,
    publiclyAccessible: true,
    networkType: 'DUAL',
    iamAuthentication: true,
    deletionProtection: true,
    caCertificate: 'rds-ca-rsa4096-g1',
    storageType: 'gp3',
    allocatedGigabytes: 400,
    maxAllocatedGigabytes: 1000,
    iops: 12_000,
    throughput: 500,
    monitoringInterval: 60,
    monitoringRoleArn: 'arn:monitoring',
    performanceInsights: true,
    performanceInsightsDays: 31,
    performanceInsightsKeyId: 'arn:key',
    logExports: ['postgresql', 'upgrade'],
    copyTagsToSnapshot: true,
    autoMinorVersionUpgrade: true,
    backupRetentionDays: 14,
    backupWindow: '01:00-01:30',
    maintenanceWindow: 'sun:02:00-sun:03:00',
  });
});

it('makes do with an instance of which RDS tells almost nothing yet', () => {
  const inspected = inspectedInstance({
    DBInstanceIdentifier: 'orders',
    DBInstanceStatus: 'creating',
    DbInstancePort: 0,
  });
  expect(InspectedInstance.parse(inspected)).toEqual(inspected);
  expect(inspected).toMatchObject({
    status: 'creating',
    managedSecretArn: null,
    latestRestorableAt: null,
    tags: {},
  });
  expect(inspected.settings).toMatchObject({ port: 5432, optionGroup: null, iops: null, logExports: [] });
});

it('tells who it is, by what stays when it is renamed', () => {
  expect(
    inspectedInstance({
      DBInstanceIdentifier: 'orders',
      DBInstanceArn: 'arn:orders',
      DbiResourceId: 'db-1',
      StorageEncrypted: true,
      KmsKeyId: 'arn:key',
      MasterUserSecret: { SecretArn: 'arn:secret' },
      LatestRestorableTime: new Date(0),
      TagList: [{ Key: 'team', Value: 'shop' }, { Key: 'empty' }],
    }),
  ).toMatchObject({
    resourceId: 'db-1',
    encrypted: true,
    kmsKeyId: 'arn:key',
    managedSecretArn: 'arn:secret',
    latestRestorableAt: '1970-01-01T00:00:00.000Z',
    tags: { team: 'shop', empty: '' },
  });
});
