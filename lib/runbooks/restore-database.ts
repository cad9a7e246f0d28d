import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
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

/** The undo of a swap that an earlier run began; what it does here is this run's own act. */
const goingBack = undoing.map((step) => ({
  ...step,
  as: `${step.as}-again`,
  ...(step.writes === 'undone' ? { writes: 'wentBack' } : {}),
}));

/**
 * Brings data back (P-32): beside the original, proved row by row; and, where asked, into the original's place. The original is never
 * deleted.
 */
export function restoreDatabase(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RestoreDatabase', {
    name: 'restore-database',
    summary:
      'Restores a database beside the original from a snapshot or to a point in time, proves what came back, and hands it over or swaps it in. It never deletes the original.',
    targetKind: 'database',
    triggers: ['by hand'],
    locksConsumers: 'swap',
    config,
    steps,
    plan: [
      { step: 'inspectInstance', writes: 'situation' },
      { step: 'chooseRecoveryPoint', reads: ['situation'], writes: 'recoveryPoint' },
      { step: 'measureLoss', reads: ['situation', 'recoveryPoint'], writes: 'loss' },
      { step: 'planRestore', reads: ['situation', 'recoveryPoint', 'loss'], writes: 'plan' },
    ],
    act: [
      when('restores', [...restoring(restoreSeconds(config)), proving]),
      when('swaps', [
        { step: 'beginSwap', reads: ['plan'], writes: 'begun' },
        ...stoppingTraffic,
        ...swapping,
        ...reopeningTraffic,
      ]),
      when('undoes', goingBack),
      { step: 'handOver', reads: ['plan'], writes: 'handed' },
    ],
    verify: [
      { step: 'verifyRestore', reads: ['plan', 'recoveryPoint'], writes: evidenceKey('verify-restore') },
      when('swaps', [{ step: 'probeConsumers', reads: ['plan'], writes: evidenceKey('probe-consumers') }]),
    ],
    undo: [when('swaps', undoing)],
  });
}
