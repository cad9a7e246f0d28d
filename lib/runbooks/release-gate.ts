import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

const GATE = evidenceKey('check-gate');

/** May this service be changed now (P-15, P-16)? One yes or no, with reasons. */
export function releaseGate(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'ReleaseGate', {
    name: 'release-gate',
    summary:
      'Says whether a service may be changed now: the checks that its gate requires, each with its evidence and age, and its error budget. It changes nothing.',
    targetKind: 'service',
    triggers: ['by hand', 'pipeline'],
    config,
    steps,
    plan: [
      { step: 'checkGate', writes: GATE },
      {
        step: 'planChecks',
        gives: { looksAt: ['the checks that the gate requires', 'the error budget and how fast it burns'] },
        writes: 'plan',
      },
    ],
    act: [],
    verify: [
      {
        step: 'requireGate',
        reads: [{ as: 'gate', path: `$.${GATE}` }],
        gives: { onlyLooks: true },
        writes: evidenceKey('require-gate'),
      },
    ],
  });
}
