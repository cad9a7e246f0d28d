import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** A new account may run so many functions at once and more; five hundred services are done in ten rounds. */
const AT_A_TIME = 50;

/** How is everything (P-04)? All that is declared is checked side by side, every morning. */
export function dailyHealthCheck(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  const declares = (all: object) => Object.keys(all).length > 0;
  return new Runbook(scope, 'DailyHealthCheck', {
    name: 'daily-health-check',
    summary:
      'Checks all declared services, databases and caches side by side, says what is broken and what has changed since the last check, and starts the runbooks that the configuration allows. By itself it changes nothing.',
    targetKind: 'fleet',
    triggers: ['schedule', 'by hand'],
    routine: true,
    config,
    steps,
    plan: [{ step: 'planHealthCheck', writes: 'plan' }],
    act: [],
    verify: [
      {
        each: 'check-targets',
        list: '$.plan.observed.list',
        atMost: AT_A_TIME,
        steps: {
          service: 'checkService',
          ...(declares(config.databases) ? { database: 'checkDatabase' } : {}),
          ...(declares(config.caches) ? { cache: 'checkCache' } : {}),
        },
        writes: 'checks',
      },
      { step: 'judgeHealth', reads: ['plan', 'checks'], writes: 'judged' },
      { step: 'startHandlers', reads: ['judged'], writes: 'started' },
      { step: 'reportHealth', reads: ['judged', 'started'], writes: evidenceKey('report-health') },
    ],
  });
}
