import * as z from 'zod/mini';
import { CacheConnection } from './cache-connection.ts';
import { DatabaseConnection } from './database-connection.ts';
import { GatePolicy } from './gate.ts';
import { CacheHealth } from './health/cache-health.ts';
import { DatabaseHealth } from './health/database-health.ts';
import { HealthPolicy } from './health.ts';
import { ReadinessPolicy } from './readiness.ts';
import { SecretsTarget, SecretTarget } from './secret.ts';

export { DatabaseConnection } from './database-connection.ts';

/** What must be true of a database, before and after anything is done to it (P-33). */
export const DatabaseExpectations = z.object({
  /** Major version, such as 17. */
  majorVersion: z.optional(z.number()),
  /** Heads that the migration tool's table must stand at; when not given, any will do. */
  migrationHeads: z.optional(z.array(z.string())),
  /** `schema.table`, unquoted; `public.` may be left out. */
  tables: z.array(z.string()),
  indexes: z.array(z.string()),
  /** Tables whose indexes are checked, and whose rows are all proved. */
  criticalTables: z.array(z.string()),
  freshness: z.array(z.object({ table: z.string(), column: z.string(), limitSeconds: z.number() })),
  /** The team's own statements: each selects one boolean. */
  assertions: z.array(z.object({ name: z.string(), statement: z.string() })),
});
export type DatabaseExpectations = z.infer<typeof DatabaseExpectations>;

/** Which of its own snapshots Nightshift keeps (P-30). */
export const SnapshotPolicy = z.object({
  keepDays: z.number(),
  /** So many good ones are kept however old they are; at least 1. */
  keepAtLeast: z.number(),
});
export type SnapshotPolicy = z.infer<typeof SnapshotPolicy>;
export const SNAPSHOT_DEFAULTS: SnapshotPolicy = { keepDays: 7, keepAtLeast: 3 };

/** What holds for restores (P-32, P-34, P-23). */
export const RestorePolicy = z.object({
  /** How long an instance may take to become available. */
  timeoutSeconds: z.number(),
  /** Class of scratch instances; the original's when not given. */
  drillInstanceClass: z.optional(z.string()),
  /** Recovering from a failed migration by a restore may lose at most so much. */
  acceptableLossSeconds: z.number(),
  /** A drill that takes longer has not passed. */
  recoveryTimeObjectiveSeconds: z.optional(z.number()),
  /** A drill whose recovery point is older has not passed. */
  recoveryPointObjectiveSeconds: z.optional(z.number()),
  /** An alarm goes off when no drill has passed for so long. */
  drillDays: z.number(),
  /** Command that takes the last migration back, run as a one-off task with the image of a consumer. */
  migrateDown: z.optional(
    z.object({ service: z.string(), container: z.string(), command: z.array(z.string()) }),
  ),
});
export type RestorePolicy = z.infer<typeof RestorePolicy>;
export const RESTORE_DEFAULTS: RestorePolicy = {
  timeoutSeconds: 7200,
  acceptableLossSeconds: 3600,
  drillDays: 100,
};

/** How its manifest is taken. */
export const ManifestPolicy = z.object({
  excludedSchemas: z.array(z.string()),
  /** The column that tells when a row was written, by table, where its name does not say so. */
  timestampColumns: z.record(z.string(), z.string()),
});
export type ManifestPolicy = z.infer<typeof ManifestPolicy>;

/** A PostgreSQL database on RDS that runbooks act on. */
export const DatabaseTarget = z.extend(DatabaseConnection, {
  /** Names of the alarms that guard this database. */
  alarms: z._default(z.array(z.string()), []),
  /** Nothing is observed between act and verification. */
  observeSeconds: z._default(z.number(), 0),
  /** What must be true of it (P-33). */
  expectations: z.optional(DatabaseExpectations),
  /** Names of the declared services that use it. */
  consumers: z._default(z.array(z.string()), []),
  /** Secret of the master user, where that is not {@link secretArn}. */
  masterSecretArn: z.optional(z.string()),
  snapshots: z._default(SnapshotPolicy, SNAPSHOT_DEFAULTS),
  restore: z._default(RestorePolicy, RESTORE_DEFAULTS),
  manifest: z._default(ManifestPolicy, { excludedSchemas: [], timestampColumns: {} }),
  /** What is checked of it every morning; the defaults when not given. */
  health: z.optional(DatabaseHealth),
});
export type DatabaseTarget = z.infer<typeof DatabaseTarget>;

/** An ECS service as a runbook sees it: names resolved, defaults filled in. Stored in SSM, one parameter a service. */
export const ServiceTarget = z.object({
  kind: z.literal('service'),
  name: z.string(),
  environment: z.string(),
  /** ECS cluster name. */
  cluster: z.string(),
  /** ECS service name within the cluster. */
  service: z.string(),
  /** Scheme, host and optional port under which the paths below are probed, without a trailing slash. */
  baseUrl: z.string(),
  livenessPath: z.string(),
  readinessPath: z.string(),
  /** P-01: slowest acceptable answer (median of the probes). */
  latencyLimitMilliseconds: z.number(),
  /** P-06: highest acceptable percentage of 5xx answers. */
  errorRatioLimitPercent: z.number(),
  /** Below this number of requests a ratio proves nothing. */
  minimumRequests: z.number(),
  /** How long a deployment must run healthy before its revision counts as good. */
  bakeSeconds: z.number(),
  /** How long after the act fresh datapoints are collected before they are judged. */
  observeSeconds: z.number(),
  /** How long a deployment may take to become steady. */
  steadyTimeoutSeconds: z.number(),
  /** CloudWatch dimension values (`app/name/id`, `targetgroup/name/id`); absent: no load balancer metrics. */
  loadBalancer: z.optional(z.string()),
  targetGroup: z.optional(z.string()),
  /** Names of the alarms that guard this service; those of its own and those made by Nightshift. */
  alarms: z.array(z.string()),
  database: z.optional(DatabaseConnection),
  /** Caches that it uses. */
  caches: z.optional(z.array(CacheConnection)),
  /** What is checked of it every morning; the defaults when not given. */
  health: z.optional(HealthPolicy),
  /** When it counts as ready to be rolled back; the defaults when not given. */
  readiness: z.optional(ReadinessPolicy),
  /** What has to hold before it is changed; nothing is known to hold where it is not given. */
  gate: z.optional(GatePolicy),
});
export type ServiceTarget = z.infer<typeof ServiceTarget>;

/** Redis or Valkey on ElastiCache, which runbooks look at. */
export const CacheTarget = z.extend(CacheConnection, {
  kind: z.literal('cache'),
  /** ElastiCache replication group. */
  replicationGroup: z.string(),
  /** Secret with the token that it asks for (AUTH); absent: it cannot be looked into. */
  secretArn: z.optional(z.string()),
  /** What is checked of it every morning; the defaults when not given. */
  health: z.optional(CacheHealth),
  alarms: z._default(z.array(z.string()), []),
  observeSeconds: z._default(z.number(), 0),
});
export type CacheTarget = z.infer<typeof CacheTarget>;

/** All declared services, databases and caches at once, for what looks at everything. */
export const FleetTarget = z.object({
  kind: z.literal('fleet'),
  name: z.literal('all'),
  /** Where more runbooks than these are wanted at once, something is wrong that they have in common: none is started. */
  startsAtMost: z.number(),
  alarms: z._default(z.array(z.string()), []),
  observeSeconds: z._default(z.number(), 0),
});
export type FleetTarget = z.infer<typeof FleetTarget>;

export const Target = z.discriminatedUnion('kind', [
  ServiceTarget,
  DatabaseTarget,
  CacheTarget,
  SecretTarget,
  SecretsTarget,
  FleetTarget,
]);
export type Target = z.infer<typeof Target>;

/** Name of the one target of a kind that stands for all that is declared; nobody types it. */
export const ALL = 'all' as const;

/** Whether a kind of target stands for all that is declared. */
export const standsForAll = (kind: Target['kind']): boolean => kind === 'secrets' || kind === 'fleet';
