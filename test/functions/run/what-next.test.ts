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
    'that failed before it began to rotate',
    'secret/database',
    [],
    'Look at secret/database and at its consumers, and start the runbook again.',
  ],
  [
    'that has rotated',
    'secret/database',
    [{ step: 'start-rotations-0', status: 'done' as const }],
    'Both values are good as far as is known. Start "nightshift run rotate-secret --secret database --unfinished finish"',
  ],
  [
    'that has put the earlier value back',
    'secret/database',
    [
      { step: 'start-rotations-0', status: 'done' as const },
      { step: 'put-back-values', status: 'done' as const },
    ],
    'The earlier value is current and good again.',
  ],
  [
    'that began to retire a value',
    'secret/database',
    [
      { step: 'start-rotations-0', status: 'done' as const },
      { step: 'retire-old-values', status: 'intended' as const },
    ],
    'The value before is being taken away, or is gone: go on, not back. Start "nightshift run rotate-secret --secret database --unfinished finish".',
  ],
  [
    'that has rotated several',
    'secrets/all',
    [{ step: 'start-rotations-0', status: 'done' as const }],
    'What was rotated stays rotated. Start "nightshift run rotate-secret --secret … --unfinished finish" for each',
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
