import { describe, expect, it } from 'vitest';
import { carryOver, carryOverToScratch, notCarriedOver } from '../../../functions/rds/carry-over.ts';
import { isMasterPassword, stillToModify } from '../../../functions/rds/settle.ts';
import type { InstanceSettings } from '../../../functions/rds/state.ts';

/** Nothing in it is what RDS gives by itself. */
const SETTINGS: InstanceSettings = {
  instanceClass: 'db.r6g.large',
  port: 5433,
  subnetGroup: 'inside',
  securityGroups: ['sg-1', 'sg-2'],
  parameterGroup: 'tuned',
  optionGroup: 'extras',
  multiAz: true,
  publiclyAccessible: true,
  networkType: 'DUAL',
  iamAuthentication: true,
  deletionProtection: true,
  caCertificate: 'rds-ca-ecc384-g1',
  storageType: 'gp3',
  allocatedGigabytes: 500,
  maxAllocatedGigabytes: 1000,
  iops: 14000,
  throughput: 700,
  monitoringInterval: 15,
  monitoringRoleArn: 'arn:aws:iam::123456789012:role/monitoring',
  performanceInsights: true,
  performanceInsightsDays: 731,
  performanceInsightsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1',
  logExports: ['postgresql', 'upgrade'],
  copyTagsToSnapshot: true,
  autoMinorVersionUpgrade: false,
  backupRetentionDays: 14,
  backupWindow: '02:00-02:30',
  maintenanceWindow: 'mon:04:00-mon:04:30',
};
const SNAPSHOT = {
  kind: 'snapshot',
  engineVersion: '17.5',
  source: { engineVersion: '17.4', allocatedGigabytes: 400, port: 5432 },
} as const;

/** By which call each setting goes, as which member. A setting that is new must be entered here. */
const CARRIED: Readonly<Record<keyof InstanceSettings, readonly ['restore' | 'modify', string]>> = {
  instanceClass: ['restore', 'DBInstanceClass'],
  port: ['restore', 'Port'],
  subnetGroup: ['restore', 'DBSubnetGroupName'],
  securityGroups: ['restore', 'VpcSecurityGroupIds'],
  parameterGroup: ['restore', 'DBParameterGroupName'],
  optionGroup: ['restore', 'OptionGroupName'],
  multiAz: ['restore', 'MultiAZ'],
  publiclyAccessible: ['restore', 'PubliclyAccessible'],
  networkType: ['restore', 'NetworkType'],
  iamAuthentication: ['restore', 'EnableIAMDatabaseAuthentication'],
  deletionProtection: ['restore', 'DeletionProtection'],
  caCertificate: ['restore', 'CACertificateIdentifier'],
  storageType: ['restore', 'StorageType'],
  allocatedGigabytes: ['restore', 'AllocatedStorage'],
  maxAllocatedGigabytes: ['modify', 'MaxAllocatedStorage'],
  iops: ['restore', 'Iops'],
  throughput: ['restore', 'StorageThroughput'],
  monitoringInterval: ['modify', 'MonitoringInterval'],
  monitoringRoleArn: ['modify', 'MonitoringRoleArn'],
  performanceInsights: ['modify', 'EnablePerformanceInsights'],
  performanceInsightsDays: ['modify', 'PerformanceInsightsRetentionPeriod'],
  performanceInsightsKeyId: ['modify', 'PerformanceInsightsKMSKeyId'],
  logExports: ['restore', 'EnableCloudwatchLogsExports'],
  copyTagsToSnapshot: ['restore', 'CopyTagsToSnapshot'],
  autoMinorVersionUpgrade: ['restore', 'AutoMinorVersionUpgrade'],
  backupRetentionDays: ['restore', 'BackupRetentionPeriod'],
  backupWindow: ['restore', 'PreferredBackupWindow'],
  maintenanceWindow: ['modify', 'PreferredMaintenanceWindow'],
};

describe('carryOver', () => {
  it.each(Object.entries(CARRIED))('carries %s over, and says so', (name, [by, member]) => {
    const carried = carryOver(SETTINGS, SNAPSHOT);
    const value = SETTINGS[name as keyof InstanceSettings];
    expect(carried[by]).toHaveProperty(member, value);
    expect(carried[by === 'restore' ? 'modify' : 'restore']).not.toHaveProperty(member);
    expect(carried.changes.map(({ what }) => what)).toContain(name);
    expect(carried.lost).toEqual([]);
  });

  it('asks for nothing that RDS gives by itself', () => {
    const plain: InstanceSettings = {
      ...SETTINGS,
      port: 5432,
      subnetGroup: 'default',
      securityGroups: [],
      parameterGroup: 'default.postgres17',
      optionGroup: 'default:postgres-17',
      multiAz: false,
      networkType: 'IPV4',
      iamAuthentication: false,
      deletionProtection: false,
      caCertificate: null,
      storageType: 'gp3',
      allocatedGigabytes: 20,
      maxAllocatedGigabytes: null,
      iops: 3000,
      throughput: 125,
      monitoringInterval: 0,
      performanceInsights: false,
      logExports: [],
      copyTagsToSnapshot: false,
      autoMinorVersionUpgrade: true,
      backupWindow: null,
      maintenanceWindow: null,
    };
    const source = { ...SNAPSHOT, source: { ...SNAPSHOT.source, allocatedGigabytes: 20 } };
    const { restore, modify } = carryOver(plain, source);
    expect(modify).toEqual({});
    expect(restore).toEqual({
      DBInstanceClass: 'db.r6g.large',
      PubliclyAccessible: true,
      StorageType: 'gp3',
      BackupRetentionPeriod: 14,
    });
  });

  it.each([
    ['gp3', 399, undefined, undefined],
    ['gp3', 400, 14000, 700],
    ['io2', 100, 14000, undefined],
    ['gp2', 500, undefined, undefined],
  ])(
    'gives IOPS and throughput of %s with %d GiB as RDS takes them',
    (storageType, allocatedGigabytes, iops, throughput) => {
      const { restore } = carryOver(
        { ...SETTINGS, storageType, allocatedGigabytes },
        { ...SNAPSHOT, source: { ...SNAPSHOT.source, allocatedGigabytes: 20 } },
      );
      expect([restore.Iops, restore.StorageThroughput]).toEqual([iops, throughput]);
    },
  );

  it('names what cannot be carried over', () => {
    const { restore, lost } = carryOver(SETTINGS, {
      ...SNAPSHOT,
      source: { engineVersion: '16.9', allocatedGigabytes: 600, port: 5433 },
    });
    expect(restore).not.toHaveProperty('DBParameterGroupName');
    expect(restore).not.toHaveProperty('OptionGroupName');
    expect(restore).not.toHaveProperty('AllocatedStorage');
    expect(restore).not.toHaveProperty('Port');
    expect(lost).toEqual([
      expect.stringContaining('tuned is for PostgreSQL 17, and the snapshot holds PostgreSQL 16'),
      expect.stringContaining('extras is for PostgreSQL 17'),
      expect.stringContaining('RDS cannot make it smaller'),
    ]);
  });

  it('makes a scratch instance that is reachable and cheap', () => {
    const { restore, modify } = carryOverToScratch(SETTINGS, SNAPSHOT, 'db.t4g.micro');
    expect(modify).toEqual({});
    expect(restore).toMatchObject({
      DBInstanceClass: 'db.t4g.micro',
      DBSubnetGroupName: 'inside',
      VpcSecurityGroupIds: ['sg-1', 'sg-2'],
      DBParameterGroupName: 'tuned',
      BackupRetentionPeriod: 0,
    });
    for (const member of [
      'MultiAZ',
      'DeletionProtection',
      'EnableCloudwatchLogsExports',
      'PreferredBackupWindow',
    ])
      expect(restore).not.toHaveProperty(member);
  });
});

describe('notCarriedOver', () => {
  const { changes } = carryOver(SETTINGS, SNAPSHOT);
  it('finds nothing where all is as planned, in whatever order', () => {
    expect(notCarriedOver(changes, { ...SETTINGS, securityGroups: ['sg-2', 'sg-1'] })).toEqual([]);
    expect(notCarriedOver(changes, { ...SETTINGS, allocatedGigabytes: 550 })).toEqual([]);
  });
  it('names what is missing', () => {
    expect(notCarriedOver(changes, { ...SETTINGS, deletionProtection: false, optionGroup: null })).toEqual([
      'optionGroup is none, should be extras',
      'deletionProtection is false, should be true',
    ]);
  });
});

describe('stillToModify', () => {
  const original = { settings: SETTINGS, engineVersion: '17.5' };
  it('asks for what is missing, and for nothing once it is there', () => {
    const bare = { ...SETTINGS, monitoringInterval: 0, monitoringRoleArn: null, maxAllocatedGigabytes: null };
    expect(stillToModify(original, bare)).toEqual({
      MonitoringInterval: 15,
      MonitoringRoleArn: SETTINGS.monitoringRoleArn,
      MaxAllocatedStorage: 1000,
    });
    expect(stillToModify(original, SETTINGS)).toEqual({});
  });
});

describe('isMasterPassword', () => {
  it.each([
    ['shorter', false],
    ['longenough', true],
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    ['with/slash', false],
    ['with@sign', false],
    ['with"quote', false],
    ['with space', false],
    ['with-ümlaut', false],
    ["!#$%&'()*+,-.:;<=>?[\\]^_`{|}~", true],
  ])('%j: %s', (password, expected) => {
    expect(isMasterPassword(password)).toBe(expected);
  });
});
