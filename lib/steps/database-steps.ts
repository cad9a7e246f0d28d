import { acting } from './acting.ts';
import { type Binding, LONG_SECONDS, LONGEST_SECONDS, MANIFEST_MEGABYTES, SHORT_SECONDS } from './binding.ts';

/** Retention deletes for two minutes at most. */
const RETENTION_SECONDS = 180;

/** Steps on databases. */
export const DATABASE_STEPS = {
  planValidation: {
    entry: 'postgres/plan-validation',
    description: 'Writes down what would be checked of a database',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun],
  },
  validateDatabase: {
    entry: 'postgres/validate-database',
    description: 'Checks a database',
    // Indexes of large tables take their time.
    timeoutSeconds: LONGEST_SECONDS,
    memoryMegabytes: MANIFEST_MEGABYTES,
    environment: ['runTable', 'reportBucket'],
    grants: (all) => [
      all.audit,
      all.readDatabaseSecrets,
      all.decryptDatabaseSecrets,
      all.describeInstances,
      all.readManifests,
      all.findObjects,
    ],
    needsDatabase: true,
  },
  inspectInstance: {
    entry: 'rds/inspect-instance',
    description: 'Looks at a database instance, and for a swap that is half-way',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.describeInstances],
  },
  planSnapshot: {
    entry: 'rds/plan-snapshot',
    description: 'Writes down which snapshot would be taken, and which would go',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [all.audit, all.updateRun, all.describeSnapshots],
  },
  awaitInstance: {
    answersTokens: true,
    entry: 'rds/await-instance',
    description: 'Parks a run until a database instance is available',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.parkedWaits, all.describeInstances],
  },
  takeManifest: {
    entry: 'postgres/take-manifest',
    description: 'Notes what a database holds before its snapshot',
    timeoutSeconds: LONGEST_SECONDS,
    memoryMegabytes: MANIFEST_MEGABYTES,
    environment: ['deployment', 'runTable', 'lockTable', 'reportBucket'],
    grants: (all) => [
      ...acting(all),
      all.readDatabaseSecrets,
      all.decryptDatabaseSecrets,
      all.readManifests,
      all.findObjects,
      all.writeManifests,
    ],
    needsDatabase: true,
  },
  createSnapshot: {
    entry: 'rds/create-snapshot',
    description: 'Takes a snapshot of a database',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [
      ...acting(all),
      all.describeSnapshots,
      all.createSnapshots,
      all.tagNewSnapshots,
      all.useDatabaseKeys,
    ],
  },
  awaitSnapshot: {
    answersTokens: true,
    entry: 'rds/await-snapshot',
    description: 'Parks a run until a snapshot is available',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.parkedWaits, all.describeSnapshots],
  },
  markSnapshotGood: {
    entry: 'rds/mark-snapshot-good',
    description: 'Marks a snapshot as good once it is proved to be there',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [...acting(all), all.describeSnapshots, all.markSnapshots],
  },
  applyRetention: {
    entry: 'rds/apply-retention',
    description: 'Deletes own snapshots that are too old',
    timeoutSeconds: RETENTION_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable', 'reportBucket'],
    grants: (all) => [
      ...acting(all),
      all.describeSnapshots,
      all.deleteSnapshots,
      all.findObjects,
      all.deleteManifests,
    ],
  },
  verifySnapshots: {
    entry: 'rds/verify-snapshots',
    description: 'Looks afresh at the snapshots of a database',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'reportBucket'],
    grants: (all) => [all.audit, all.updateRun, all.describeSnapshots, all.readManifests, all.findObjects],
  },
} satisfies Record<string, Binding>;
