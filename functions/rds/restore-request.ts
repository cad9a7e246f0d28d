import {
  type Tag as RdsTag,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { NeedsHuman, PreconditionFailed, type RunbookError, Transient } from '../errors.ts';
import { carryOver, carryOverToScratch } from './carry-over.ts';
import type { InspectedInstance, RecoveryPoint } from './state.ts';

/** What a restored instance is for. */
export type Purpose = 'restore' | 'drill';

/** Until when an instance that nobody has taken over is kept, in hours from its restore. */
export const KEPT_HOURS: Readonly<Record<Purpose, number>> = { restore: 24, drill: 6 };
/** RDS takes no more. */
const MOST_TAGS = 50;
const HOUR_MILLISECONDS = 3_600_000;

export interface RestoreRequest {
  readonly deployment: string;
  readonly database: string;
  readonly runId: string;
  readonly purpose: Purpose;
  /** Name of the new instance. */
  readonly identifier: string;
  /** Null: there is none whose settings could be carried over. */
  readonly original: InspectedInstance | null;
  readonly recoveryPoint: RecoveryPoint;
  /** Class of a drill's instance; the original's when not given. */
  readonly drillInstanceClass: string | undefined;
  readonly now: Date;
}

/** The call that restores, with everything that it can carry over. */
export function restoreCommand(
  request: RestoreRequest,
): RestoreDBInstanceFromDBSnapshotCommand | RestoreDBInstanceToPointInTimeCommand {
  const { original, recoveryPoint, identifier, purpose } = request;
  const members = { ...membersFor(request), Tags: tagsFor(request) };
  if (recoveryPoint.kind === 'snapshot' && recoveryPoint.snapshot !== null)
    return new RestoreDBInstanceFromDBSnapshotCommand({
      ...members,
      DBInstanceIdentifier: identifier,
      DBSnapshotIdentifier: recoveryPoint.snapshot,
    });
  if (recoveryPoint.kind === 'time' && original !== null)
    return new RestoreDBInstanceToPointInTimeCommand({
      ...members,
      TargetDBInstanceIdentifier: identifier,
      SourceDBInstanceIdentifier: original.identifier,
      RestoreTime: new Date(recoveryPoint.at),
    });
  throw new PreconditionFailed(
    `The plan of this ${purpose} names nothing to restore from. Nothing was changed. Start the runbook again.`,
  );
}

function membersFor({ original, recoveryPoint, purpose, drillInstanceClass }: RestoreRequest) {
  if (original === null) return {};
  const source = { ...recoveryPoint, engineVersion: original.engineVersion };
  return purpose === 'drill'
    ? carryOverToScratch(original.settings, source, drillInstanceClass).restore
    : carryOver(original.settings, source).restore;
}

/**
 * Ours, then the original's own as far as there is room. `aws:` tags are AWS's alone to set, and ours on the original say
 * something about the original.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
 */
export function tagsFor(request: RestoreRequest): RdsTag[] {
  const { deployment, database, runId, purpose, original, now } = request;
  const expires = new Date(now.getTime() + KEPT_HOURS[purpose] * HOUR_MILLISECONDS);
  const ours = {
    [OWNER_TAG]: deployment,
    [Tag.database]: database,
    [Tag.run]: runId,
    [Tag.purpose]: purpose,
    [Tag.expiresAt]: expires.toISOString(),
  };
  const own = Object.entries(original?.tags ?? {}).filter(([key]) => !/^(aws|nightshift):/i.test(key));
  return [...Object.entries(ours), ...own].slice(0, MOST_TAGS).map(([Key, Value]) => ({ Key, Value }));
}

/** What RDS's refusals mean, and what to do; `it` is the restore. By code, without `Fault`. */
const REFUSALS: Readonly<Record<string, string>> = {
  InstanceQuotaExceeded:
    'the quota of DB instances of this account and region is used up: delete one, or ask AWS for more (Service Quotas, "DB instances")',
  StorageQuotaExceeded:
    'the quota of storage of this account and region is used up: delete an instance, or ask AWS for more (Service Quotas, "Total storage for all DB instances")',
  InsufficientDBInstanceCapacity:
    'AWS has no instance of this class left just now: try again later, or choose another class',
  KMSKeyNotAccessible:
    'the key that the data are encrypted with cannot be used: look at its state and its policy, or copy the snapshot with a key of your own',
  DBSnapshotNotFound: 'the snapshot is gone: choose another one',
  DBInstanceNotFound: 'the instance to restore from is gone: restore from a snapshot',
  PointInTimeRestoreNotEnabled: 'the instance has no automated backups: restore from a snapshot',
  DBSubnetGroupNotFound: 'its subnet group is gone: make it again',
  DBParameterGroupNotFound: 'its parameter group is gone: make it again',
  OptionGroupNotFound: 'its option group is gone: make it again',
  InvalidVPCNetworkState: 'its subnet group does not fit the VPC any more: look at its subnets',
  InvalidSubnet: 'a subnet of its subnet group is gone: mend the group',
  DBSubnetGroupDoesNotCoverEnoughAZs: 'its subnet group covers too few availability zones: add a subnet',
  StorageTypeNotSupported: 'its class does not take its type of storage: choose another class',
  ProvisionedIopsNotAvailableInAZ: 'the zone has no provisioned IOPS left: try again later',
  CertificateNotFound: 'its certificate authority is no longer offered: change that of the original first',
  NetworkTypeNotSupported: 'its subnet group does not offer its network type: look at the group',
  InvalidParameterValue: 'it does not take one of the settings',
  InvalidParameterCombination: 'it does not take its settings together',
  InvalidRestore: 'it does not restore this into a VPC',
};

/** States that pass by themselves: the call may be made again in a moment. */
const PASSING = new Set(['InvalidDBInstanceState', 'InvalidDBSnapshotState']);

/** Why RDS refused to restore, as an error that says what to do; undefined for what is no refusal. */
export function restoreRefusal(error: unknown, identifier: string): RunbookError | undefined {
  const { name, message } = error as Error;
  const code = name.replace(/Fault$/, '');
  if (PASSING.has(code))
    return new Transient(
      `RDS cannot restore ${identifier} just now: ${message.replace(/\.$/, '')}. It is tried again.`,
      { code },
    );
  const why = REFUSALS[code];
  if (why === undefined) return undefined;
  const said = code.startsWith('InvalidParameter') ? ` (${message.replace(/\.$/, '')})` : '';
  const sentence = `RDS did not restore ${identifier}: ${why}${said}. No instance was made; nothing else was changed. Start the runbook again when that is done.`;
  return code === 'InvalidParameterCombination' || code === 'InvalidParameterValue'
    ? new NeedsHuman(sentence, { code })
    : new PreconditionFailed(sentence, { code });
}
