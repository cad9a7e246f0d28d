import { AwsError } from '../../contract.ts';
import type { Account } from './account.ts';
import { requireCertificateAuthority } from './certificate-authorities.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { newInstanceIdentifier } from './identifiers.ts';
import { newMasterPassword } from './master-secret.ts';
import type { Configuration, Instance } from './model.ts';
import { requireParameterGroup } from './restore-instance.ts';

/** What one call of ModifyDBInstance changes. */
export interface Modification {
  readonly password: string | undefined;
  /** Whether RDS keeps the master user's password from now on; undefined where that does not change. */
  readonly managesPassword: boolean | undefined;
  readonly identifier: string | undefined;
  /** Applied whatever `ApplyImmediately` says. */
  readonly atOnce: Partial<Configuration>;
  /** Applied when `ApplyImmediately` says so, else in a maintenance window. */
  readonly inWindow: Partial<Configuration>;
}

const LONGEST_RETENTION_DAYS = 35;
const MONITORING_INTERVALS = [0, 1, 5, 10, 15, 30, 60];

/** Members of ModifyDBInstance by how RDS applies them: at once, or in a maintenance window unless told otherwise. */
const AT_ONCE = {
  DeletionProtection: 'deletionProtection',
  CopyTagsToSnapshot: 'copyTagsToSnapshot',
  VpcSecurityGroupIds: 'securityGroups',
  MonitoringInterval: 'monitoringInterval',
  MonitoringRoleArn: 'monitoringRoleArn',
  EnablePerformanceInsights: 'performanceInsights',
  AutoMinorVersionUpgrade: 'autoMinorVersionUpgrade',
  MaxAllocatedStorage: 'maxAllocatedStorage',
  PubliclyAccessible: 'publiclyAccessible',
  PerformanceInsightsRetentionPeriod: 'performanceInsightsDays',
  PerformanceInsightsKMSKeyId: 'performanceInsightsKeyId',
  PreferredMaintenanceWindow: 'maintenanceWindow',
} as const satisfies Record<string, keyof Configuration>;
const IN_WINDOW = {
  MultiAZ: 'multiAz',
  EnableIAMDatabaseAuthentication: 'iamAuthentication',
  CACertificateIdentifier: 'caCertificate',
  BackupRetentionPeriod: 'backupRetention',
} as const satisfies Record<string, keyof Configuration>;

/** Members that the sandbox acts on. */
export const MODIFY_MEMBERS = [
  ...Object.keys(AT_ONCE),
  ...Object.keys(IN_WINDOW),
  'DBInstanceIdentifier',
  'NewDBInstanceIdentifier',
  'ApplyImmediately',
  'MasterUserPassword',
  'ManageMasterUserPassword',
  'DBParameterGroupName',
  'CertificateRotationRestart',
];

/**
 * Checks a call of ModifyDBInstance and sorts what it changes.
 *
 * @throws AwsError as RDS refuses it
 */
export function readModification(
  account: Account,
  instance: Instance,
  // biome-ignore lint/suspicious/noExplicitAny: the decoded input, whose members the tables above name.
  input: any,
): Modification {
  const { configuration } = instance;
  const pick = (members: Readonly<Record<string, keyof Configuration>>) =>
    Object.fromEntries(
      Object.entries(members)
        .filter(([member, key]) => input[member] !== undefined && input[member] !== configuration[key])
        .map(([member, key]) => [key, input[member]]),
    ) as Partial<Configuration>;
  const parameterGroup = input.DBParameterGroupName?.toLowerCase();
  if (parameterGroup !== undefined)
    requireParameterGroup(account, parameterGroup, configuration.engineVersion);
  if (input.CACertificateIdentifier !== undefined) requireCertificateAuthority(input.CACertificateIdentifier);
  checkRetention(input.BackupRetentionPeriod);
  checkMonitoring(
    input.MonitoringInterval ?? configuration.monitoringInterval,
    input.MonitoringRoleArn ?? configuration.monitoringRoleArn,
  );
  checkPassword(input.MasterUserPassword);
  const managesPassword = readManaging(instance, input);
  return {
    password: managesPassword === true ? newMasterPassword() : input.MasterUserPassword,
    managesPassword,
    identifier: readNewIdentifier(account, instance, input.NewDBInstanceIdentifier),
    atOnce: {
      ...pick(AT_ONCE),
      ...(parameterGroup === undefined || parameterGroup === configuration.parameterGroup
        ? {}
        : { parameterGroup }),
    },
    inWindow: pick(IN_WINDOW),
  };
}

/**
 * Whether turning RDS's keeping of the password on or off was asked for.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
function readManaging(
  { masterSecret }: Instance,
  {
    ManageMasterUserPassword: wanted,
    MasterUserPassword: password,
  }: { ManageMasterUserPassword?: boolean; MasterUserPassword?: string },
): boolean | undefined {
  const managed = masterSecret !== undefined;
  if (password !== undefined && (wanted ?? managed))
    throw invalidCombination(
      'You can not specify MasterUserPassword for an instance whose master user password is managed in Secrets Manager.',
    );
  if (wanted === false && managed && password === undefined)
    throw invalidCombination('MasterUserPassword is required when ManageMasterUserPassword is turned off.');
  return wanted === undefined || wanted === managed ? undefined : wanted;
}

function readNewIdentifier(
  account: Account,
  instance: Instance,
  wanted: string | undefined,
): string | undefined {
  if (wanted === undefined) return undefined;
  const identifier = newInstanceIdentifier(wanted, 'NewDBInstanceIdentifier');
  if (identifier === instance.identifier) return undefined;
  if (account.isTaken(identifier))
    throw new AwsError('DBInstanceAlreadyExistsFault', `DB instance already exists: ${identifier}`);
  return identifier;
}

function checkRetention(days: number | undefined): void {
  if (days === undefined || (Number.isInteger(days) && days >= 0 && days <= LONGEST_RETENTION_DAYS)) return;
  throw invalidValue(
    `Invalid backup retention period: ${days}. Retention period must be between 0 and ${LONGEST_RETENTION_DAYS}.`,
  );
}

function checkMonitoring(interval: number, roleArn: string | undefined): void {
  if (!MONITORING_INTERVALS.includes(interval))
    throw invalidValue(`Invalid monitoring interval ${interval}.`);
  if (interval > 0 && roleArn === undefined) {
    throw invalidCombination(
      'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.',
    );
  }
}

function checkPassword(password: string | undefined): void {
  if (password === undefined || /^(?=.{8,128}$)[!#-.0-?A-~]+$/.test(password)) return;
  throw invalidValue(
    "The parameter MasterUserPassword is not a valid password. It must have 8 to 128 characters, and only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
  );
}
