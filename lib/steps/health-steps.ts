import { type Binding, LONG_SECONDS } from './binding.ts';

/** Hundreds of results are read at once. */
const RESULTS_MEGABYTES = 512;
const RESULTS_SECONDS = 120;

/** Steps of the daily check of everything. */
export const HEALTH_STEPS = {
  planHealthCheck: {
    entry: 'health/daily/plan-health-check',
    description: 'Lists what the daily check looks at',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'reportBucket'],
    grants: (all) => [all.audit, all.updateRun, all.listCheckedTargets, all.keepHealth, all.findObjects],
  },
  checkService: {
    entry: 'health/check-service',
    description: 'Makes every check of a service',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [
      all.audit,
      all.describeServices,
      all.listTasks,
      all.describeTasks,
      all.readMetrics,
      all.readHeartbeats,
    ],
  },
  judgeHealth: {
    entry: 'health/daily/judge-health',
    description: 'Compares what a daily check found with the day before',
    timeoutSeconds: RESULTS_SECONDS,
    memoryMegabytes: RESULTS_MEGABYTES,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readRun, all.keepHealth, all.findObjects],
  },
  startHandlers: {
    entry: 'health/daily/start-handlers',
    description: 'Starts the runbooks that handle what a daily check found',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [all.audit, all.readSwitch, all.readStartedRunbooks, all.startRunbooks],
  },
  reportHealth: {
    entry: 'health/daily/report-health',
    description: 'Says how everything is, and keeps it for the next day',
    timeoutSeconds: LONG_SECONDS,
    memoryMegabytes: RESULTS_MEGABYTES,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun, all.keepHealth],
  },
} satisfies Record<string, Binding>;

/** The same of databases, where there are any. */
export const DATABASE_HEALTH_STEPS = {
  checkDatabase: {
    entry: 'health/check-database',
    description: 'Makes every quick check of a database',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [
      all.audit,
      all.readDatabaseSecrets,
      all.decryptDatabaseSecrets,
      all.readHealthLogins,
      all.decryptHealthLogins,
    ],
    needsDatabase: true,
  },
} satisfies Record<string, Binding>;

/** And of caches. */
export const CACHE_HEALTH_STEPS = {
  checkCache: {
    entry: 'health/check-cache',
    description: 'Makes every check of a cache',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readCacheTokens, all.decryptCacheTokens],
    needsDatabase: true,
  },
} satisfies Record<string, Binding>;
