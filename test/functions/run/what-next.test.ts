import { expect, it } from 'vitest';
import { whatNext } from '../../../functions/run/what-next.ts';

const stopped = {
  step: 'stop-consumers',
  status: 'done' as const,
  result: { services: [{ name: 'api' }, { name: 'worker' }] },
};

it.each([
  ['of a service', 'service/api', [], 'Look at service/api now: its deployments and its health.'],
  ['that stopped nothing', 'database/main', [], 'Start the runbook again'],
  [
    'that stopped services',
    'database/main',
    [stopped],
    'Services that use it are stopped: api, worker. Start',
  ],
  [
    'that was about to stop some',
    'database/main',
    [{ step: 'stop-consumers', status: 'intended' as const }],
    'Services that use it are stopped. Start',
  ],
  [
    'that has started them again',
    'database/main',
    [stopped, { step: 'start-consumers', status: 'done' as const }],
    'Start the runbook again',
  ],
  [
    'that has started them again on the way back',
    'database/main',
    [stopped, { step: 'restart-consumers', status: 'done' as const }],
    'Start the runbook again',
  ],
])('says what to do about a run %s', (_, target, actions, beginning) => {
  expect(whatNext(target, actions).startsWith(beginning)).toBe(true);
});
