import type { ModifyDBInstanceMessage, RestoreDBInstanceFromDBSnapshotMessage } from '@aws-sdk/client-rds';
import type { Change } from '../../schemas/run.ts';
import type { InstanceSettings, RecoveryPoint } from './state.ts';

/** Members that restores of both kinds take. */
type RestoreMembers = Partial<RestoreDBInstanceFromDBSnapshotMessage>;
type ModifyMembers = Partial<ModifyDBInstanceMessage>;

/** How the settings of an instance survive a restore. */
export interface CarriedOver {
  /** Members of the restore call. */
  readonly restore: RestoreMembers;
  /** What no restore takes: members of one ModifyDBInstance after it. */
  readonly modify: ModifyMembers;
  /** One for each setting that is asked for: from what RDS would give by itself to what the instance has today. */
  readonly changes: readonly Change[];
  /** Settings that cannot be carried over, one sentence each. */
  readonly lost: readonly string[];
}

/** From what is restored. */
interface Source extends Pick<RecoveryPoint, 'kind' | 'source'> {
  /** Of the instance as it is today. */
  readonly engineVersion: string;
}

interface Rule<Name extends keyof InstanceSettings> {
  /** Which call takes it. */
  readonly by: 'restore' | 'modify';
  /** What a restored instance has unless asked; undefined where that cannot be known beforehand. */
  readonly otherwise: (source: Source, settings: InstanceSettings) => InstanceSettings[Name] | undefined;
  /** The same for people, where it is undefined. */
  readonly unknown?: string;
  /** What to send; undefined: nothing, because RDS would refuse it or has no use for it. */
  readonly members: (
    value: NonNullable<InstanceSettings[Name]>,
    settings: InstanceSettings,
  ) => (RestoreMembers & ModifyMembers) | undefined;
}

/**
 * Storage of type gp3 and PostgreSQL has its IOPS and throughput fixed below this size, and RDS refuses both to be given. GiB.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
 */
const GP3_ADJUSTABLE_GIGABYTES = 400;

const BACKUP = 'as in the backup';
const NOT_KNOWN = () => undefined;
const majorOf = (version: string | undefined) => version?.split('.')[0];
const adjustable = ({ storageType, allocatedGigabytes }: InstanceSettings) =>
  storageType === 'gp3' && allocatedGigabytes >= GP3_ADJUSTABLE_GIGABYTES;
const provisioned = ({ storageType }: InstanceSettings) => storageType === 'io1' || storageType === 'io2';

/**
 * Every setting, the call that takes it, and what RDS does by itself.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
const RULES: { readonly [Name in keyof InstanceSettings]: Rule<Name> } = {
  instanceClass: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: BACKUP,
    members: (DBInstanceClass) => ({ DBInstanceClass }),
  },
  port: {
    by: 'restore',
    otherwise: ({ kind, source }, { port }) => (kind === 'time' ? port : source?.port),
    unknown: BACKUP,
    members: (Port) => ({ Port }),
  },
  subnetGroup: {
    by: 'restore',
    otherwise: () => 'default',
    members: (DBSubnetGroupName) => ({ DBSubnetGroupName }),
  },
  securityGroups: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: 'the default group of the VPC',
    members: (groups) => (groups.length === 0 ? undefined : { VpcSecurityGroupIds: groups }),
  },
  parameterGroup: {
    by: 'restore',
    otherwise: ({ engineVersion }) => `default.postgres${majorOf(engineVersion)}`,
    members: (DBParameterGroupName) => ({ DBParameterGroupName }),
  },
  optionGroup: {
    by: 'restore',
    otherwise: ({ engineVersion }) => `default:postgres-${majorOf(engineVersion)}`,
    members: (OptionGroupName) => ({ OptionGroupName }),
  },
  multiAz: { by: 'restore', otherwise: () => false, members: (MultiAZ) => ({ MultiAZ }) },
  publiclyAccessible: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: 'as its subnet group is',
    members: (PubliclyAccessible) => ({ PubliclyAccessible }),
  },
  networkType: { by: 'restore', otherwise: () => 'IPV4', members: (NetworkType) => ({ NetworkType }) },
  iamAuthentication: {
    by: 'restore',
    otherwise: () => false,
    members: (EnableIAMDatabaseAuthentication) => ({ EnableIAMDatabaseAuthentication }),
  },
  deletionProtection: {
    by: 'restore',
    otherwise: () => false,
    members: (DeletionProtection) => ({ DeletionProtection }),
  },
  caCertificate: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: 'the default authority of the region',
    members: (CACertificateIdentifier) => ({ CACertificateIdentifier }),
  },
  storageType: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: BACKUP,
    members: (StorageType) => ({ StorageType }),
  },
  allocatedGigabytes: {
    by: 'restore',
    otherwise: ({ source }) => source?.allocatedGigabytes,
    unknown: BACKUP,
    members: (AllocatedStorage) => ({ AllocatedStorage }),
  },
  maxAllocatedGigabytes: {
    // A restore to a time would take it, one from a snapshot does not: one way for both.
    by: 'modify',
    otherwise: () => null,
    members: (MaxAllocatedStorage) => ({ MaxAllocatedStorage }),
  },
  iops: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: BACKUP,
    members: (Iops, settings) => (adjustable(settings) || provisioned(settings) ? { Iops } : undefined),
  },
  throughput: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: BACKUP,
    members: (StorageThroughput, settings) => (adjustable(settings) ? { StorageThroughput } : undefined),
  },
  monitoringInterval: {
    by: 'modify',
    otherwise: () => 0,
    members: (MonitoringInterval) => ({ MonitoringInterval }),
  },
  monitoringRoleArn: {
    by: 'modify',
    otherwise: () => null,
    // Without monitoring the role has nothing to do, and passing it would need a permission.
    members: (MonitoringRoleArn, { monitoringInterval }) =>
      monitoringInterval === 0 ? undefined : { MonitoringRoleArn },
  },
  performanceInsights: {
    by: 'modify',
    otherwise: () => false,
    members: (EnablePerformanceInsights) => ({ EnablePerformanceInsights }),
  },
  performanceInsightsDays: {
    by: 'modify',
    otherwise: () => null,
    members: (PerformanceInsightsRetentionPeriod, { performanceInsights }) =>
      performanceInsights ? { PerformanceInsightsRetentionPeriod } : undefined,
  },
  performanceInsightsKeyId: {
    by: 'modify',
    otherwise: () => null,
    members: (PerformanceInsightsKMSKeyId, { performanceInsights }) =>
      performanceInsights ? { PerformanceInsightsKMSKeyId } : undefined,
  },
  logExports: {
    by: 'restore',
    otherwise: () => [],
    members: (EnableCloudwatchLogsExports) => ({ EnableCloudwatchLogsExports }),
  },
  copyTagsToSnapshot: {
    by: 'restore',
    otherwise: () => false,
    members: (CopyTagsToSnapshot) => ({ CopyTagsToSnapshot }),
  },
  autoMinorVersionUpgrade: {
    by: 'restore',
    otherwise: () => true,
    members: (AutoMinorVersionUpgrade) => ({ AutoMinorVersionUpgrade }),
  },
  backupRetentionDays: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: BACKUP,
    members: (BackupRetentionPeriod) => ({ BackupRetentionPeriod }),
  },
  backupWindow: {
    by: 'restore',
    otherwise: NOT_KNOWN,
    unknown: 'chosen at random',
    members: (PreferredBackupWindow) => ({ PreferredBackupWindow }),
  },
  maintenanceWindow: {
    by: 'modify',
    otherwise: NOT_KNOWN,
    unknown: 'chosen at random',
    members: (PreferredMaintenanceWindow) => ({ PreferredMaintenanceWindow }),
  },
};

/**
 * Decides how the settings of an instance survive a restore: rule 12, what RDS drops unless it is told. What RDS does by itself is
 * not asked for.
 */
export function carryOver(settings: InstanceSettings, source: Source): CarriedOver {
  const restore: Record<string, unknown> = {};
  const modify: Record<string, unknown> = {};
  const changes: Change[] = [];
  const lost: string[] = [];
  for (const name of Object.keys(RULES) as Array<keyof InstanceSettings>) {
    const rule = RULES[name] as Rule<keyof InstanceSettings>;
    const value = settings[name];
    if (value === null) continue;
    const why = whyImpossible(name, settings, source);
    if (why !== undefined) {
      lost.push(why);
      continue;
    }
    const otherwise = rule.otherwise(source, settings);
    if (otherwise !== undefined && same(otherwise, value)) continue;
    const members = rule.members(value, settings);
    if (members === undefined) continue;
    Object.assign(rule.by === 'restore' ? restore : modify, members);
    changes.push({
      what: name,
      kind: name === 'instanceClass' || name === 'allocatedGigabytes' ? 'resources' : 'configuration',
      from: otherwise === undefined ? (rule.unknown ?? '') : shown(otherwise),
      to: shown(value),
    });
  }
  return { restore, modify, changes, lost };
}

/** Attributes of a scratch instance: reachable as the original is, and as cheap as can be (P-34). */
export function carryOverToScratch(
  settings: InstanceSettings,
  source: Source,
  instanceClass: string | undefined,
): CarriedOver {
  const carried = carryOver(
    {
      ...settings,
      instanceClass: instanceClass ?? settings.instanceClass,
      multiAz: false,
      deletionProtection: false,
      backupRetentionDays: 0,
      backupWindow: null,
      maintenanceWindow: null,
      copyTagsToSnapshot: false,
      maxAllocatedGigabytes: null,
      monitoringInterval: 0,
      performanceInsights: false,
      logExports: [],
    },
    source,
  );
  return { ...carried, modify: {} };
}

/** Settings that a plan carries over and that an instance does not have, in words. */
export function notCarriedOver(changes: readonly Change[], settings: InstanceSettings): string[] {
  return changes.flatMap(({ what, to }) => {
    const now = settings[what as keyof InstanceSettings];
    if (now === undefined || shown(now) === to) return [];
    // Storage that grows by itself may have grown.
    if (what === 'allocatedGigabytes' && Number(now) > Number(to)) return [];
    return [`${what} is ${shown(now)}, should be ${to}`];
  });
}

function whyImpossible(
  name: keyof InstanceSettings,
  settings: InstanceSettings,
  { engineVersion, source }: Source,
): string | undefined {
  const major = majorOf(source?.engineVersion) ?? majorOf(engineVersion);
  if ((name === 'parameterGroup' || name === 'optionGroup') && major !== majorOf(engineVersion))
    return `Its ${name === 'parameterGroup' ? 'parameter' : 'option'} group ${settings[name]} is for PostgreSQL ${majorOf(engineVersion)}, and the snapshot holds PostgreSQL ${major}: the default group of that version is used.`;
  if (
    name === 'allocatedGigabytes' &&
    source !== undefined &&
    source.allocatedGigabytes > settings.allocatedGigabytes
  )
    return `Its storage is ${settings.allocatedGigabytes} GiB today and was ${source.allocatedGigabytes} GiB in the snapshot: RDS cannot make it smaller.`;
  return undefined;
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** A setting for people. */
function shown(value: InstanceSettings[keyof InstanceSettings]): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  return Array.isArray(value) ? value.toSorted().join(', ') : String(value);
}
