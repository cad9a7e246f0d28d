import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';
import { redeploying, redeployingAgain } from './rotation-states.ts';

/**
 * Before two users can take turns, what one of them owns has to belong to a role that both act through. Done once for each database;
 * its consumers go on working meanwhile.
 */
export function takeOverOwnership(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'TakeOverOwnership', {
    name: 'take-over-ownership',
    summary:
      'Gives everything that a login role of PostgreSQL owns to an owner role without login, so that two users can take turns; done once, with approval.',
    targetKind: 'secret',
    triggers: ['by hand'],
    locksConsumers: 'always',
    config,
    steps,
    plan: [
      { step: 'inspectOwnership', writes: 'ownership' },
      { step: 'planTakeOver', reads: ['ownership'], writes: 'plan' },
    ],
    act: [
      { step: 'takeOverOwnership', reads: ['plan'], writes: 'taken', patient: true },
      // Sessions that were open keep their role, and what they make is theirs.
      redeploying,
      {
        step: 'takeOverOwnership',
        as: 'settle-ownership',
        reads: ['plan'],
        gives: { settle: true },
        writes: 'settled',
        patient: true,
      },
    ],
    verify: [
      { step: 'verifyOwnership', reads: ['plan'], writes: evidenceKey('verify-ownership') },
      { step: 'probeConsumers', reads: ['plan'], writes: evidenceKey('probe-consumers') },
    ],
    undo: [
      {
        step: 'giveOwnershipBack',
        as: 'reset-sessions',
        reads: ['plan'],
        gives: { stage: 'sessions' },
        writes: 'sessionsReset',
      },
      ...redeployingAgain,
      {
        step: 'giveOwnershipBack',
        reads: ['plan'],
        gives: { stage: 'objects' },
        writes: 'undone',
        patient: true,
      },
    ],
  });
}
