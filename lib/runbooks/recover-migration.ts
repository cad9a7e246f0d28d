import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook, type RunbookStep } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';
import {
  proving,
  reopeningTraffic,
  restoreSeconds,
  restoring,
  stoppingTraffic,
  swapping,
  undoing,
  when,
} from './restore-states.ts';

/** Longest that taking a migration back may take, in seconds. */
const MIGRATION_SECONDS = 3600;

/** The command of the release that brought the migration, once; and nobody is let in before the database stands where it should. */
const migratingDown: readonly RunbookStep[] = [
  { step: 'runMigrationDown', reads: ['plan'], writes: 'task' },
  {
    step: 'awaitTask',
    reads: [{ as: 'awaited', path: '$.task' }],
    writes: 'ran',
    waitsSeconds: MIGRATION_SECONDS,
  },
  { step: 'proveMigrationHead', reads: ['plan'], writes: 'headProof' },
];

/**
 * The services were broken before: that they get steady again, as they were, cannot be waited for, and would hide what went wrong.
 */
const goingBack: readonly RunbookStep[] = undoing
  .filter(({ step }) => step !== 'awaitConsumers')
  .map((state) => (state.step === 'startConsumers' ? { ...state, writes: 'undone' } : state));

/**
 * There is no way forward again: the services are started as they were only where the schema is as it was. Otherwise the first of
 * these states fails, the services stay stopped, and a person is told how to start them.
 */
const startingAsBefore: readonly RunbookStep[] = [
  { step: 'checkWayBack', reads: ['plan'], writes: 'wayBack' },
  ...goingBack
    .filter(({ step }) => step === 'startConsumers')
    .map((state) => ({ ...state, as: `${state.as}-unmigrated` })),
];

/**
 * A migration has failed or broken the service (P-23): traffic is stopped, the migration taken back or the newest snapshot put in,
 * health and data verified, and traffic let in again. Where neither is safe, nothing is touched.
 */
export function recoverMigration(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RecoverMigration', {
    name: 'recover-migration',
    summary:
      'Recovers from a migration that failed or broke the service: stops traffic, takes the migration back where that is declared to be safe or swaps in a restore that loses little enough, verifies, and reopens traffic with the last known good releases.',
    targetKind: 'database',
    triggers: ['by hand'],
    locksConsumers: 'always',
    config,
    steps,
    plan: [
      { step: 'inspectInstance', writes: 'situation' },
      {
        step: 'chooseRecoveryPoint',
        reads: ['situation'],
        gives: { optional: true },
        writes: 'recoveryPoint',
      },
      { step: 'measureLoss', reads: ['situation', 'recoveryPoint'], writes: 'loss' },
      { step: 'inspectConsumers', writes: 'consumers' },
      { step: 'readDatabaseHead', writes: 'migrationHead' },
      {
        step: 'planRecovery',
        reads: ['situation', 'recoveryPoint', 'loss', 'consumers', 'migrationHead'],
        writes: 'plan',
      },
    ],
    act: [
      ...stoppingTraffic,
      when('migratesDown', migratingDown),
      when('restores', [...restoring(restoreSeconds(config)), proving]),
      when('swaps', swapping),
      ...reopeningTraffic,
      when('swaps', [{ step: 'handOver', reads: ['plan'], writes: 'handed' }]),
    ],
    verify: [
      { step: 'verifyRestore', reads: ['plan', 'recoveryPoint'], writes: evidenceKey('verify-restore') },
      { step: 'probeConsumers', reads: ['plan'], writes: evidenceKey('probe-consumers') },
    ],
    undo: [when('swaps', goingBack), when('migratesDown', startingAsBefore)],
  });
}
