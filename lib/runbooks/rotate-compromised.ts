import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { waveCount } from '../config/secret-targets.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';
import { when } from './restore-states.ts';
import { provingAdoption, recording, redeploying, retiring, wave } from './rotation-states.ts';

/**
 * Somebody may know secrets who should not (P-46): all on a list or with a tag are rotated, without overlap, and sessions that were opened
 * with the old values are ended. It has no undo: what is compromised is not put back.
 */
export function rotateCompromised(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RotateCompromised', {
    name: 'rotate-compromised',
    summary:
      'Rotates several secrets at once without overlap, redeploys their consumers, ends old sessions, and reports. It needs a reason, and works through a change freeze.',
    targetKind: 'secrets',
    triggers: ['by hand'],
    locksConsumers: 'always',
    routine: true,
    requiresReason: true,
    config,
    steps,
    plan: [
      { step: 'inspectSecrets', writes: 'secrets' },
      { step: 'planRotation', reads: ['secrets'], gives: { compromised: true }, writes: 'plan' },
    ],
    act: [
      when('rotates', Array.from({ length: waveCount(config) }, (_, number) => wave(number)).flat()),
      redeploying,
    ],
    verify: [...provingAdoption, retiring],
    afterwards: recording,
  });
}
