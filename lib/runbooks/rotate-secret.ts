import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';
import { when } from './restore-states.ts';
import { provingAdoption, recording, redeploying, retiring, takingBack, wave } from './rotation-states.ts';

/**
 * A secret gets a new value (P-40 to P-45), and its consumers are seen to use it. Until then it can be taken back: the value where it
 * opens something, and then the label.
 */
export function rotateSecret(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RotateSecret', {
    name: 'rotate-secret',
    summary:
      'Rotates a secret, redeploys its consumers, proves that every one of them uses the new value, and puts the old one back where one does not.',
    targetKind: 'secret',
    triggers: ['schedule', 'by hand', 'the hourly look at what is to be retired'],
    locksConsumers: 'always',
    routine: true,
    config,
    steps,
    plan: [
      { step: 'inspectSecrets', writes: 'secrets' },
      { step: 'planRotation', reads: ['secrets'], writes: 'plan' },
    ],
    act: [
      when('rotates', wave(0)),
      when('undoes', [{ step: 'putBackValues', as: 'return-values', reads: ['plan'], writes: 'returned' }]),
      redeploying,
    ],
    verify: [...provingAdoption, retiring],
    undo: takingBack,
    afterwards: recording,
  });
}
