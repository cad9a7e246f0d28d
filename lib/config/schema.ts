import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IBaseService, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { z } from 'zod';
import { CacheHealthSchema } from './cache-health-schema.ts';
import { DatabaseHealthSchema } from './database-health-schema.ts';
import { GateSchema } from './gate-schema.ts';
import { ServiceHealthSchema } from './health-schema.ts';
import { count, name, object, path, text } from './names.ts';
import { Differences, ParitySchema } from './parity-schema.ts';
import { PreflightSchema } from './preflight-schema.ts';
import { ReadinessSchema } from './readiness-schema.ts';
import { SecretSchema } from './secret-schema.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:00 (UTC)');
const instant = z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-12-24T00:00:00Z' });

const Service = z.strictObject({
  /** ECS cluster, by name, by ARN, or as the CDK object. */
  cluster: z.union([text, object<ICluster>('clusterName', 'a name, an ARN or an ICluster')]).optional(),
  /** ECS service, by name, by ARN, or as the CDK object. */
  service: z.union([text, object<IBaseService>('serviceName', 'a name, an ARN or an IBaseService')]),
  /** Where the paths below are probed; taken from `loadBalancer` when that is a CDK object. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be a URL such as https://api.example.com' }).optional(),
  livenessPath: path.default('/health/live'),
  readinessPath: path.default('/health/ready'),
  /** `app/name/id`, or the CDK object. */
  loadBalancer: z
    .union([
      z.string().regex(/^app\/[^/]+\/[0-9a-f]+$/, 'must be a full name such as app/api/1234567890abcdef'),
      object<ApplicationLoadBalancer>('loadBalancerFullName', 'a full name or an ApplicationLoadBalancer'),
    ])
    .optional(),
  /** `targetgroup/name/id`, or the CDK object. */
  targetGroup: z
    .union([
      z
        .string()
        .regex(
          /^targetgroup\/[^/]+\/[0-9a-f]+$/,
          'must be a full name such as targetgroup/api/1234567890abcdef',
        ),
      object<ApplicationTargetGroup>('targetGroupFullName', 'a full name or an ApplicationTargetGroup'),
    ])
    .optional(),
  /** Alarms of your own that guard this service too, by name. */
  alarms: z.array(text).default([]),
  thresholds: z
    .strictObject({
      /** P-01. */
      latencyMilliseconds: count.default(100),
      /** P-06. */
      errorRatioPercent: z.number().positive().max(100).default(1),
      /** Below this a ratio proves nothing. */
      minimumRequests: count.default(20),
    })
    .prefault({}),
  /** How long a release must run healthy before it counts as good; at least one whole minute of datapoints must fit in. */
  bakeMinutes: z.number().min(2).max(1440).default(10),
  /** How long fresh datapoints are collected after a change. */
  observeMinutes: z.number().min(1).max(60).default(3),
  /** How long a deployment may take. */
  steadyTimeoutMinutes: z.number().positive().max(180).default(30),
  /** Database whose migration head decides what may run. */
  database: name.optional(),
  /** Secrets that its tasks are given when they start. */
  secrets: z.array(name).default([]),
  /** Caches that it uses. */
  caches: z.array(name).default([]),
  /** What must be true of its tasks' environment before a release (P-12). */
  preflight: PreflightSchema.optional(),
  /** What may differ from the same service in other environments (P-13). */
  parity: z
    .strictObject({
      /** Name by which it is known in all environments; its own when not given. */
      name: name.optional(),
      differences: Differences,
    })
    .prefault({}),
  /** What is checked of it every morning, and with which limits (P-01 to P-08). */
  health: ServiceHealthSchema.prefault({}),
  /** When it counts as ready to be rolled back. */
  readiness: ReadinessSchema.prefault({}),
  /** What has to hold before it is changed (P-15, P-16). */
  gate: GateSchema.optional(),
  environment: name.optional(),
});

const Database = z.strictObject({
  /** RDS instance, by identifier or as the CDK object. */
  instance: z.union([
    text,
    object<IDatabaseInstance>('instanceIdentifier', 'an identifier or an IDatabaseInstance'),
  ]),
  /** Taken from `instance` when that is a CDK object. */
  host: text.optional(),
  port: z.union([count, text]).optional(),
  database: text,
  /** Secret with the user's name and password that Nightshift reads with. */
  secret: name,
  migrations: z.enum(['alembic', 'prisma', 'none']).default('none'),
  /** Alarms of your own that guard this database, by name. */
  alarms: z.array(text).default([]),
  /** What must be true of it, before and after anything is done to it (P-33). */
  expect: z
    .strictObject({
      /** Major version of PostgreSQL. */
      majorVersion: count.optional(),
      /** Heads that the migrations must stand at; when not given, any will do. */
      migrationHeads: z.array(text).min(1).optional(),
      /** Tables that must exist, `schema.table`; `public.` may be left out. */
      tables: z.array(text).default([]),
      /** Indexes that must exist and be valid. */
      indexes: z.array(text).default([]),
      /** Tables whose B-tree indexes are checked entry by entry. */
      criticalTables: z.array(text).default([]),
      /** A table's newest row may be so old. */
      freshness: z
        .array(z.strictObject({ table: text, column: text, limitMinutes: z.number().positive() }))
        .default([]),
      /** Your own statements: each selects one boolean, and is shown as passed or failed only. */
      assertions: z.array(z.strictObject({ name: text, statement: text })).default([]),
    })
    .prefault({}),
  /** Secret of the master user, where `secret` is another user's: lets a restore bring the passwords of today. */
  masterSecret: name.optional(),
  /** Customer-managed key that encrypts its storage, by ARN: without a permission for it RDS restores nothing that it encrypts. */
  keyArn: z.string().startsWith('arn:', 'must be an ARN').optional(),
  /** Which of its own snapshots Nightshift keeps (P-30). */
  snapshots: z
    .strictObject({
      keepDays: count.max(3650).default(7),
      /** So many good ones are kept however old they are. */
      keepAtLeast: count.max(90).default(3),
    })
    .prefault({}),
  restore: z
    .strictObject({
      /** How long an instance may take to become available. */
      timeoutMinutes: z.number().min(15).max(1200).default(120),
      /** A failed migration may be answered by a restore that loses at most so much (P-23). */
      acceptableLossMinutes: z.number().min(0).default(60),
      /** Class of scratch instances, such as db.t4g.medium; the original's when not given. */
      drillInstanceClass: z.string().startsWith('db.', 'must be a class such as db.t4g.medium').optional(),
      /** A drill that takes longer has not passed (RTO). */
      recoveryTimeObjectiveMinutes: z.number().positive().optional(),
      /** A drill whose recovery point is older has not passed (RPO). */
      recoveryPointObjectiveMinutes: z.number().positive().optional(),
      /** An alarm goes off when no drill has passed for so long (P-34). */
      drillDays: count.default(100),
      /** Command that takes the last migration back, run as a one-off task of a service that uses the database (P-23). */
      migrateDown: z
        .strictObject({
          service: name,
          container: text,
          command: z.array(text).min(1),
          /** Task role and execution role of that service's tasks, by ARN: whoever starts a task must be allowed to hand them over. */
          roleArns: z.array(text).min(1),
        })
        .optional(),
    })
    .prefault({}),
  manifest: z
    .strictObject({
      /** Schemas that are left out. */
      excludedSchemas: z.array(text).default([]),
      /** The column that tells when a row was written, by table, where its name does not say so. */
      timestampColumns: z.record(text, text).default({}),
    })
    .prefault({}),
  /** What is checked of it every morning (P-02). */
  health: DatabaseHealthSchema.prefault({}),
  environment: name.optional(),
});

const Cache = z.strictObject({
  /** ElastiCache replication group. */
  replicationGroup: text,
  /** Primary endpoint, with TLS. */
  host: text,
  port: z.union([count, text]).default(6379),
  /** Declared secret with its AUTH token; the one that rotates it when not given. */
  secret: name.optional(),
  /** What is checked of it every morning (P-05). */
  health: CacheHealthSchema.prefault({}),
  environment: name.optional(),
});

/** Every runbook, and the kind of target that it is for. */
export const TARGET_KINDS = {
  'roll-back-service': 'service',
  preflight: 'service',
  'check-parity': 'service',
  'rollback-readiness': 'service',
  'release-gate': 'service',
  'validate-database': 'database',
  'snapshot-database': 'database',
  'restore-database': 'database',
  'restore-drill': 'database',
  'recover-migration': 'database',
  'rotate-secret': 'secret',
  'daily-health-check': 'fleet',
  'rotate-compromised': 'secrets',
  'take-over-ownership': 'secret',
} as const;
export type RunbookName = keyof typeof TARGET_KINDS;
/** Runbooks that a schedule starts for real unless it says otherwise: they leave production as it is. */
export const UNATTENDED: ReadonlySet<RunbookName> = new Set<RunbookName>([
  'preflight',
  'check-parity',
  'rollback-readiness',
  'release-gate',
  'daily-health-check',
  'validate-database',
  'snapshot-database',
  'restore-drill',
  // What a rotation does can be taken back, and one that waits for a person is one that is never made.
  'rotate-secret',
]);

const Schedule = z.strictObject({
  runbook: z.enum(Object.keys(TARGET_KINDS) as [RunbookName, ...RunbookName[]]),
  /** EventBridge Scheduler expression. */
  expression: z.string().regex(/^(rate|cron|at)\(.+\)$/, 'must be rate(…), cron(…) or at(…)'),
  timeZone: text.default('UTC'),
  /** What it is for: a service, a database or a secret, as the runbook asks. */
  service: name.optional(),
  database: name.optional(),
  secret: name.optional(),
  /** Whether it ends at its plan; as a default a runbook that changes production does. */
  dryRun: z.boolean().optional(),
});

const FreezeWindow = z.union(
  [
    z.strictObject({ name: text, from: instant, to: instant }),
    z.strictObject({
      name: text,
      days: z.array(z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'])).min(1),
      startsAt: time,
      durationMinutes: count,
    }),
  ],
  { error: 'must be { name, from, to } or { name, days, startsAt, durationMinutes }' },
);

const Network = z.strictObject({
  vpcId: z.union([text, object<IVpc>('vpcId', 'an id or an IVpc')]),
  subnetIds: z.array(text).min(1),
  securityGroupIds: z.array(text).min(1),
  /** `database`: only functions that connect to a database are placed there. `all`: every function. */
  place: z.enum(['database', 'all']).default('database'),
});

/** The configuration as a team writes it. */
export const ConfigSchema = z.strictObject({
  /** Name of this deployment of Nightshift. */
  name: name.default('nightshift'),
  /** Accounts and regions to deploy to; one stack each. */
  environments: z
    .record(
      name,
      z.strictObject({
        /** Name of this environment's deployment, where it shares an account and region with another one. */
        name: name.optional(),
        account: z
          .string()
          .regex(/^\d{12}$/, 'must be twelve digits')
          .optional(),
        region: text.optional(),
        network: Network.optional(),
      }),
    )
    .default({ production: {} }),
  services: z.record(name, Service),
  databases: z.record(name, Database).default({}),
  secrets: z.record(name, SecretSchema).default({}),
  caches: z.record(name, Cache).default({}),
  /** Environment against environment (P-13). */
  parity: ParitySchema.prefault({}),
  /** The check of everything that is declared (P-04). */
  dailyHealthCheck: z
    .strictObject({
      scheduled: z.boolean().default(true),
      at: time.default('08:00'),
      timeZone: text.default('UTC'),
      /** Where its findings ask for more runbooks than these, something is wrong that they have in common: none is started. */
      startsAtMost: count.max(20).default(3),
    })
    .prefault({}),
  schedules: z.record(name, Schedule).default({}),
  freezeWindows: z.array(FreezeWindow).default([]),
  /** Names or ARNs of SSM Change Calendars. */
  changeCalendars: z.array(text).default([]),
  approval: z
    .strictObject({
      'roll-back-service': z.enum(['never', 'always']).default('never'),
      /** `swap`: only where the restored instance takes the original's place. */
      'restore-database': z.enum(['never', 'swap', 'always']).default('swap'),
      'recover-migration': z.enum(['never', 'always']).default('always'),
      'rotate-secret': z.enum(['never', 'always']).default('never'),
      'rotate-compromised': z.enum(['never', 'always']).default('never'),
      'take-over-ownership': z.enum(['never', 'always']).default('always'),
      timeoutMinutes: count.default(60),
    })
    .prefault({}),
  /** The remedy did not hold: so many acts on one target in so long a time, and no more. */
  didNotHold: z.strictObject({ times: count.default(2), windowMinutes: count.default(360) }).prefault({}),
  notify: z
    .strictObject({
      /** Every run's short notice. */
      notices: z.array(z.email()).default([]),
      /** Wakes a person up. */
      pages: z.array(z.email()).default([]),
    })
    .prefault({}),
  /** Where the operator's pages are found, with a slash at the end. */
  runbookPages: z.url().default('https://github.com/nightshift/nightshift/blob/main/docs/runbooks/'),
});

/** What {@link defineConfig} takes. */
export type NightshiftConfigInput = z.input<typeof ConfigSchema>;
/** The configuration with its defaults filled in. */
export type NightshiftConfig = z.output<typeof ConfigSchema>;
export type ServiceConfig = NightshiftConfig['services'][string];
export type SecretConfig = NightshiftConfig['secrets'][string];
export type DatabaseConfig = NightshiftConfig['databases'][string];
export type CacheConfig = NightshiftConfig['caches'][string];
