import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** Could this service be rolled back now? Asked before the incident; every 15 minutes a function asks the same of all services. */
export function rollbackReadiness(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RollbackReadiness', {
    name: 'rollback-readiness',
    summary:
      'Says whether a service could be rolled back now: its last known good revision, image, secrets, snapshot, drill, permissions and lock. It changes nothing.',
    targetKind: 'service',
    triggers: ['by hand'],
    config,
    steps,
    plan: [
      {
        step: 'planChecks',
        gives: {
          looksAt: [
            'the last known good revision and its image',
            'secrets that its tasks are given',
            'the newest good snapshot, and the last restore drill',
            'permissions, the switch, and the lock',
          ],
        },
        writes: 'plan',
      },
    ],
    act: [],
    verify: [{ step: 'checkReadiness', writes: evidenceKey('check-readiness') }],
  });
}
