import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** Does a service differ between environments in what nobody has declared (P-13)? It looks, and leaves a fingerprint for the others. */
export function checkParity(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'CheckParity', {
    name: 'check-parity',
    summary:
      'Compares a service with itself in other environments: settings, variables by keyed hashes, secrets by their shape. It lists what differs and is not declared, and changes nothing.',
    targetKind: 'service',
    triggers: ['schedule', 'by hand'],
    config,
    steps,
    plan: [{ step: 'describeEnvironment', writes: 'plan' }],
    act: [],
    verify: [{ step: 'judgeParity', writes: evidenceKey('judge-parity') }],
  });
}
