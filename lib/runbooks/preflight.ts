import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

const RELEASE = evidenceKey('check-release');
const REACH = evidenceKey('check-reach');

/** May this release go out (P-12)? It looks, and changes nothing; it fails where the release may not, so that a pipeline sees it. */
export function preflight(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'Preflight', {
    name: 'preflight',
    summary:
      'Checks a task definition before it is released: its environment, its secrets, its images, its login to the database, and the migration head. It changes nothing.',
    targetKind: 'service',
    triggers: ['by hand', 'pipeline'],
    config,
    steps,
    plan: [
      { step: 'inspectRelease', writes: 'release' },
      { step: 'planPreflight', reads: ['release'], writes: 'plan' },
    ],
    act: [],
    verify: [
      { step: 'checkRelease', reads: ['release'], writes: RELEASE },
      { step: 'checkReach', reads: ['release'], writes: REACH },
      {
        step: 'judgePreflight',
        reads: [
          'release',
          { as: 'examinedRelease', path: `$.${RELEASE}` },
          { as: 'examinedReach', path: `$.${REACH}` },
        ],
        writes: 'verdict',
      },
    ],
  });
}
