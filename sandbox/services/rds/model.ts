import type { KeptSecret } from '../../contract.ts';
import type { Backup } from '../../postgres/backup.ts';
import type { PostgresServer } from '../../postgres/server.ts';

/** What can be set about an instance. */
export interface Configuration {
  readonly instanceClass: string;
  readonly engineVersion: string;
  readonly allocatedStorage: number;
  readonly maxAllocatedStorage: number | undefined;
  readonly storageType: string;
  readonly storageEncrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly multiAz: boolean;
  readonly publiclyAccessible: boolean;
  readonly subnetGroup: string;
  readonly securityGroups: readonly string[];
  readonly parameterGroup: string;
  readonly caCertificate: string;
  readonly iamAuthentication: boolean;
  readonly performanceInsights: boolean;
  readonly monitoringInterval: number;
  readonly monitoringRoleArn: string | undefined;
  readonly autoMinorVersionUpgrade: boolean;
  /** Days; 0 turns automated backups off. */
  readonly backupRetention: number;
  readonly copyTagsToSnapshot: boolean;
  readonly deletionProtection: boolean;
  // What follows is told as it was given, and nothing depends on it here. Undefined: RDS's default.
  readonly optionGroup?: string | undefined;
  readonly networkType?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  readonly performanceInsightsDays?: number | undefined;
  readonly performanceInsightsKeyId?: string | undefined;
  readonly logExports?: readonly string[] | undefined;
  readonly backupWindow?: string | undefined;
  readonly maintenanceWindow?: string | undefined;
}

/** The states of an instance that the sandbox passes through, by RDS's names. */
export type InstanceStatus =
  | 'creating'
  | 'backing-up'
  | 'available'
  | 'modifying'
  | 'resetting-master-credentials'
  | 'renaming'
  | 'rebooting'
  | 'deleting'
  | 'storage-full'
  | 'restore-error'
  | 'incompatible-restore'
  | 'failed';

/** What `PendingModifiedValues` shows. */
export interface Waiting {
  readonly identifier?: string | undefined;
  readonly password?: boolean;
  readonly changes: Partial<Configuration>;
}

/** A DB instance. Its members change as its life goes on. */
export interface Instance {
  identifier: string;
  /** Stays when the instance is renamed. */
  readonly resourceId: string;
  readonly masterUsername: string;
  readonly database: string;
  readonly createdAt: number;
  status: InstanceStatus;
  configuration: Configuration;
  /** Changes that are asked for and not applied yet. */
  waiting: Waiting;
  /** Its parameter group takes effect with the next restart. */
  parametersPending: boolean;
  tags: Record<string, string>;
  /** Absent while it is created. */
  server: PostgresServer | undefined;
  /** The secret with its master user's password, if RDS manages it. */
  masterSecret?: KeptSecret | undefined;
  /** Restores that read its archive, which has to stay for them. */
  readonly archiveReaders: Set<Promise<unknown>>;
}

/** A copy of data that several snapshots may share, since it never changes. */
export interface SharedBackup {
  readonly backup: Backup;
  /** How many snapshots and restores in progress need it. */
  users: number;
}

/** A DB snapshot, with what the instance was like when it was taken. */
export interface Snapshot {
  readonly identifier: string;
  /** Of a snapshot that another account shares with this one. */
  readonly sharedBy?: { readonly account: string; readonly mayUseKey: boolean };
  readonly type: 'manual' | 'automated';
  readonly instanceIdentifier: string;
  readonly resourceId: string;
  readonly instanceCreatedAt: number;
  readonly masterUsername: string;
  readonly database: string;
  readonly port: number;
  readonly configuration: Configuration;
  readonly instanceTags: Readonly<Record<string, string>>;
  tags: Record<string, string>;
  /** Of a copy: ARN of what it was copied from. */
  readonly sourceArn?: string;
  status: 'creating' | 'available' | 'failed' | 'deleted';
  readonly begunAt: number;
  /** Sandbox milliseconds that its creation takes. */
  readonly duration: number;
  /** When it came to be; of a copy, when it was copied. */
  takenAt: number | undefined;
  /** When the data were taken. */
  originallyTakenAt: number | undefined;
  data: SharedBackup | undefined;
}
