import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';
import { proving, restoreSeconds, restoring } from './restore-states.ts';

/** Is the newest snapshot worth anything, and how long would it take (P-34)? The answer is measured, and kept. */
export function restoreDrill(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RestoreDrill', {
    name: 'restore-drill',
    summary:
      'Restores the newest good snapshot into a scratch instance, proves it row by row, measures recovery time and recovery point, and deletes the scratch whatever happens.',
    targetKind: 'database',
    routine: true,
    triggers: ['schedule', 'by hand'],
    config,
    steps,
    plan: [
      { step: 'inspectInstance', writes: 'situation' },
      { step: 'chooseRecoveryPoint', reads: ['situation'], writes: 'recoveryPoint' },
      { step: 'planDrill', reads: ['situation', 'recoveryPoint'], writes: 'plan' },
    ],
    act: restoring(restoreSeconds(config)),
    verify: [
      { ...proving, gives: { required: false }, writes: evidenceKey('prove-restore') },
      {
        step: 'recordDrill',
        reads: ['recoveryPoint', { as: 'proof', path: `$.${evidenceKey('prove-restore')}` }],
        writes: evidenceKey('record-drill'),
      },
    ],
    afterwards: [{ step: 'deleteScratch', reads: ['plan'] }],
  });
}
