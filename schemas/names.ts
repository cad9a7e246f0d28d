/** The words that deployment code (`lib`) and running code (`functions`, `bin`) both use. */

/** Names of the errors that steps throw: the contract with `Retry` and `Catch` in every runbook. */
export const ErrorName = {
  /** What was typed or configured is wrong. Never retried; nothing was changed. */
  InvalidInput: 'InvalidInput',
  /** The world was briefly not there (throttling, time-out, eventual consistency). Retried with jitter. */
  Transient: 'Transient',
  /** A guard said no. Nothing was changed. */
  Refused: 'Refused',
  /** The world is not as the plan needs it. Nothing was changed. */
  PreconditionFailed: 'PreconditionFailed',
  /** Something was changed and it is not good: undo, or call a person. */
  VerificationFailed: 'VerificationFailed',
  /** Nightshift cannot decide this alone. */
  NeedsHuman: 'NeedsHuman',
} as const;
export type ErrorName = (typeof ErrorName)[keyof typeof ErrorName];

/** The phases of every runbook, in order. */
export const phases = ['open', 'plan', 'approve', 'act', 'verify', 'close'] as const;
export type Phase = (typeof phases)[number];

/** Environment variables that `lib/steps` sets on a function and `functions` read. A function gets only those it uses. */
export const Environment = {
  /** Name of this Nightshift deployment; prefix of its parameters in SSM. */
  deployment: 'NIGHTSHIFT_DEPLOYMENT',
  lockTable: 'NIGHTSHIFT_LOCK_TABLE',
  runTable: 'NIGHTSHIFT_RUN_TABLE',
  waitTable: 'NIGHTSHIFT_WAIT_TABLE',
  historyTable: 'NIGHTSHIFT_HISTORY_TABLE',
  reportBucket: 'NIGHTSHIFT_REPORT_BUCKET',
  /** SNS topic for every run's short notice. */
  noticeTopic: 'NIGHTSHIFT_NOTICE_TOPIC',
  /** SNS topic that wakes a person up. */
  pageTopic: 'NIGHTSHIFT_PAGE_TOPIC',
  /** Where the operator's page of a runbook is found; the runbook's name and `.md` follow. */
  runbookPages: 'NIGHTSHIFT_RUNBOOK_PAGES',
  /** ARNs of the functions that keep secrets, by kind of rotation, as JSON. */
  keepers: 'NIGHTSHIFT_KEEPERS',
} as const;

/** Environment variable with the ARN of the role of `roll-service-back`, for those who ask whether it may. Set once that role is there. */
export const ROLLBACK_ROLE_VARIABLE = 'NIGHTSHIFT_ROLLBACK_ROLE';

/** SSM parameters by which functions and the command find what was deployed. */
export const Parameter = {
  /** `on` or `off`: with `off` no run goes beyond its plan. */
  killSwitch: (deployment: string) => `/nightshift/${deployment}/switch`,
  /** A {@link ../schemas/target.ts Target} as JSON. */
  target: (deployment: string, kind: string, name: string) =>
    `/nightshift/${deployment}/targets/${kind}/${name}`,
  targets: (deployment: string, kind: string) => `/nightshift/${deployment}/targets/${kind}/`,
  /** A {@link ../schemas/preflight/entry.ts PreflightEntry} as JSON: what the releases of a service are held to. */
  preflight: (deployment: string, service: string) => `/nightshift/${deployment}/preflight/${service}`,
  /** A {@link ../schemas/deployment.ts RunbookEntry} as JSON. */
  runbook: (deployment: string, name: string) => `/nightshift/${deployment}/runbooks/${name}`,
  runbooks: (deployment: string) => `/nightshift/${deployment}/runbooks/`,
  /** A {@link ../schemas/deployment.ts PolicyEntry} as JSON: freeze windows, guard limits, approvals. */
  policy: (deployment: string) => `/nightshift/${deployment}/policy`,
  /** A {@link ../schemas/deployment.ts StoresEntry} as JSON: tables, bucket, topics. */
  stores: (deployment: string) => `/nightshift/${deployment}/stores`,
} as const;

/** Metric in the namespace Nightshift, by database: days since a restore drill has passed. */
export const DRILL_METRIC = 'DaysSinceDrillPassed';

/** Metric in the namespace Nightshift, by target (`service/api`): 1 when a service could be rolled back now, 0 when not or not known. */
export const READY_METRIC = 'RollbackReady';
/** Metrics in the namespace Nightshift, by secret: days since it was rotated, and whether that is too long (1) or not (0). */
export const ROTATION_METRIC = 'DaysSinceRotation';
export const ROTATION_OVERDUE_METRIC = 'RotationOverdue';

/** Tag on everything that Nightshift makes at run time; it deletes nothing that lacks it. */
export const OWNER_TAG = 'nightshift:owner';

/** Further tags on what Nightshift makes, or has proved, in RDS. */
export const Tag = {
  /** Declared name of the database that a snapshot or an instance was made for. */
  database: 'nightshift:database',
  /** Run that made it. */
  run: 'nightshift:run',
  /** What it is for: `snapshot`, `restore`, `drill`. */
  purpose: 'nightshift:purpose',
  /** On a snapshot: when it was proved good (ISO 8601). A snapshot without it is not a good one. */
  verifiedAt: 'nightshift:verified-at',
  /** On a snapshot: key of its manifest in the report bucket. */
  manifest: 'nightshift:manifest',
  /** On an instance: from when on the sweeper may delete it (ISO 8601). Gone once somebody uses it. */
  expiresAt: 'nightshift:expires-at',
  /** On a snapshot: run that restores from it, and since when; counts for a day. */
  inUseBy: 'nightshift:in-use-by',
  /** On both instances of a swap: the run that swaps them. Gone once the swap is complete or undone. */
  swap: 'nightshift:swap',
  /** On an original that was swapped out: the run that did it. It is kept. */
  replacedBy: 'nightshift:replaced-by',
} as const;

/** Tag (on a task definition) that names the migrations that a release's own command can take back without losing data. */
export const REVERSIBLE_MIGRATIONS_TAG = 'nightshift:reversible-migrations';
/** Tag (on a task definition) that names the migration revisions a release can run against, separated by spaces. */
export const SUPPORTED_MIGRATIONS_TAG = 'nightshift:supported-migrations';
/** The same declaration as a Docker label on the container. */
export const SUPPORTED_MIGRATIONS_LABEL = 'nightshift.supported-migrations';
