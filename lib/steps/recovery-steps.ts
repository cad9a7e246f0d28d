import { acting } from './acting.ts';
import { type Binding, LONG_SECONDS, SHORT_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

const readingDatabase = (all: Grants) => [all.readDatabaseSecrets, all.decryptDatabaseSecrets];

/** Steps of the recovery from a migration. */
export const RECOVERY_STEPS = {
  inspectConsumers: {
    entry: 'ecs/inspect-consumers',
    description: 'Looks at what the services of a database run, and which migrations that is for',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'historyTable'],
    grants: (all) => [
      all.audit,
      all.readServices,
      all.listTargets,
      all.describeServices,
      all.readScaling,
      all.readHistory,
      all.listDeployments,
      all.describeRevisions,
      all.describeTaskDefinitions,
      all.readImages,
    ],
  },
  readDatabaseHead: {
    entry: 'postgres/read-database-head',
    description: 'Reads at which migration a declared database stands',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, ...readingDatabase(all)],
    needsDatabase: true,
  },
  planRecovery: {
    entry: 'rds/plan-recovery',
    description: 'Writes down how a database would recover from a migration',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable', 'reportBucket'],
    grants: (all) => [all.audit, all.updateRun, all.runsOfTarget, all.readManifests, all.findObjects],
  },
  runMigrationDown: {
    entry: 'ecs/run-migration-down',
    description: 'Runs the command that takes a migration back, once',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [...acting(all), all.describeServices, all.runMigrations, all.passMigrationRoles],
  },
  awaitTask: {
    answersTokens: true,
    entry: 'ecs/await-task',
    description: 'Parks a run until a one-off task has ended',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.parkedWaits, all.describeTasks, all.describeTaskDefinitions],
  },
  proveMigrationHead: {
    entry: 'postgres/prove-migration-head',
    description: 'Makes sure that a migration was taken back',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, ...readingDatabase(all)],
    needsDatabase: true,
  },
  checkWayBack: {
    entry: 'ecs/check-way-back',
    description: 'Decides whether services may be started as they were after a recovery that failed',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.readServices,
      all.listTargets,
      all.listMigrationTasks,
      all.describeTasks,
      ...readingDatabase(all),
    ],
    needsDatabase: true,
  },
} satisfies Record<string, Binding>;
