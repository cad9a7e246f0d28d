import * as z from 'zod/mini';

/** What the steps of this folder hand each other in the state of a run; apart from them, so that a bundle has one step only. */

/** What RDS's console calls the settings of an instance; all of them must survive a restore. */
export const InstanceSettings = z.object({
  instanceClass: z.string(),
  port: z.number(),
  subnetGroup: z.string(),
  securityGroups: z.array(z.string()),
  parameterGroup: z.string(),
  /** Null where RDS tells none. */
  optionGroup: z.nullable(z.string()),
  multiAz: z.boolean(),
  publiclyAccessible: z.boolean(),
  networkType: z.nullable(z.string()),
  iamAuthentication: z.boolean(),
  deletionProtection: z.boolean(),
  caCertificate: z.nullable(z.string()),
  storageType: z.string(),
  allocatedGigabytes: z.number(),
  /** Null: storage does not grow by itself. */
  maxAllocatedGigabytes: z.nullable(z.number()),
  iops: z.nullable(z.number()),
  throughput: z.nullable(z.number()),
  /** Seconds; 0: no enhanced monitoring. */
  monitoringInterval: z.number(),
  monitoringRoleArn: z.nullable(z.string()),
  performanceInsights: z.boolean(),
  performanceInsightsDays: z.nullable(z.number()),
  performanceInsightsKeyId: z.nullable(z.string()),
  logExports: z.array(z.string()),
  copyTagsToSnapshot: z.boolean(),
  autoMinorVersionUpgrade: z.boolean(),
  backupRetentionDays: z.number(),
  backupWindow: z.nullable(z.string()),
  maintenanceWindow: z.nullable(z.string()),
});
export type InstanceSettings = z.infer<typeof InstanceSettings>;

/** A DB instance as it is now. */
export const InspectedInstance = z.object({
  identifier: z.string(),
  arn: z.string(),
  /** Stays when the instance is renamed. */
  resourceId: z.string(),
  /** RDS's own word: `available`, `backing-up` … */
  status: z.string(),
  engineVersion: z.string(),
  masterUsername: z.string(),
  /** Null where the master's password is not managed by RDS. */
  managedSecretArn: z.nullable(z.string()),
  encrypted: z.boolean(),
  kmsKeyId: z.nullable(z.string()),
  createdAt: z.string(),
  /** Until when it can be restored to a point in time (ISO 8601); null without automated backups. */
  latestRestorableAt: z.nullable(z.string()),
  settings: InstanceSettings,
  tags: z.record(z.string(), z.string()),
});
export type InspectedInstance = z.infer<typeof InspectedInstance>;

/** Two instances of which one was about to take the other's name. */
export const UnfinishedSwap = z.object({
  /** Run that began it. */
  run: z.string(),
  original: InspectedInstance,
  restored: InspectedInstance,
});
export type UnfinishedSwap = z.infer<typeof UnfinishedSwap>;

/** What there is; `$.situation` in the state. */
export const Situation = z.object({
  /** Null while nobody has the declared name: a swap is half-way. */
  instance: z.nullable(InspectedInstance),
  unfinishedSwap: z.nullable(UnfinishedSwap),
});
export type Situation = z.infer<typeof Situation>;

/** What a restore goes back to; `$.recoveryPoint` in the state. */
export const RecoveryPoint = z.object({
  kind: z.enum(['snapshot', 'time', 'none']),
  /** Snapshot to restore from; with `time`, null. */
  snapshot: z.nullable(z.string()),
  snapshotArn: z.nullable(z.string()),
  /** The moment whose data come back (ISO 8601). */
  at: z.string(),
  /** Key of the newest manifest at or before it, in the report bucket; null where there is none. */
  manifest: z.nullable(z.string()),
  /** What the snapshot brings back by itself, so that only what is different has to be asked for; absent with `time`. */
  source: z.optional(
    z.object({ engineVersion: z.string(), allocatedGigabytes: z.number(), port: z.number() }),
  ),
  warnings: z.array(z.string()),
});
export type RecoveryPoint = z.infer<typeof RecoveryPoint>;

/** What would be lost by going back; `$.loss` in the state. */
export const Loss = z.object({
  /** From the recovery point to the measurement, in seconds. */
  seconds: z.number(),
  /** Rows written since the manifest by table; null where they could not be counted. */
  tables: z.nullable(z.array(z.object({ table: z.string(), rows: z.number() }))),
  /** Tables of the manifest that are damaged now (dropped, truncated, rows missing), one sentence each: what would come back. */
  returning: z.array(z.string()),
  /** Why rows could not be counted, or what makes the count doubtful. */
  warnings: z.array(z.string()),
});
export type Loss = z.infer<typeof Loss>;

/** An instance or a snapshot that a later state waits for; what `await-instance` and `await-snapshot` read. */
export const Awaited = z.object({
  /** Identifier of the instance or snapshot. */
  identifier: z.string(),
  /** Where it is known: the instance of that name must be this one. */
  resourceId: z.optional(z.string()),
  /** When the change was asked for (ISO 8601). */
  since: z.string(),
  /** No change may be left pending, not only no name and no password. */
  allPending: z.optional(z.boolean()),
});
export type Awaited = z.infer<typeof Awaited>;

/** What the wait for an instance answers. */
export const AvailableInstance = z.object({
  identifier: z.string(),
  resourceId: z.string(),
  host: z.string(),
  port: z.number(),
  /** When it was seen available (ISO 8601). */
  at: z.string(),
});
export type AvailableInstance = z.infer<typeof AvailableInstance>;

/** What the wait for a snapshot answers. */
export const AvailableSnapshot = z.object({
  identifier: z.string(),
  arn: z.string(),
  /** When its data were taken (ISO 8601). */
  takenAt: z.string(),
  at: z.string(),
});
export type AvailableSnapshot = z.infer<typeof AvailableSnapshot>;

/** What became of the manifest; `$.manifest` in the state. A snapshot without a manifest beats none. */
export const TakenManifest = z.object({
  taken: z.boolean(),
  /** Where it is stored in the report bucket; null where it was not taken. */
  key: z.nullable(z.string()),
  /** By when at the latest the database was as it says (ISO 8601, by the function's clock). */
  takenAt: z.nullable(z.string()),
  tables: z.nullable(z.number()),
  /** Why it was not taken; null where it was. */
  why: z.nullable(z.string()),
});
export type TakenManifest = z.infer<typeof TakenManifest>;

/** The snapshot that was proved good; `$.marked` in the state. */
export const MarkedSnapshot = z.object({
  identifier: z.string(),
  arn: z.string(),
  takenAt: z.string(),
  verifiedAt: z.string(),
});
export type MarkedSnapshot = z.infer<typeof MarkedSnapshot>;

/** Which old snapshots were deleted; `$.retention` in the state. */
export const AppliedRetention = z.object({
  deleted: z.array(z.string()),
  /** Not deleted although planned: in use, marked otherwise meanwhile … */
  skipped: z.array(z.object({ snapshot: z.string(), why: z.string() })),
  /** For the next run: there was no time. */
  left: z.array(z.string()),
});
export type AppliedRetention = z.infer<typeof AppliedRetention>;
