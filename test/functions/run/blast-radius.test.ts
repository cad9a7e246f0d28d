import { describe, expect, it } from 'vitest';
import { consumerLocks, type LocksConsumers, needsApproval } from '../../../functions/run/blast-radius.ts';
import type { RunRequest } from '../../../schemas/run.ts';
import type { Target } from '../../../schemas/target.ts';

const REQUESTS: Array<[string, RunRequest | undefined, boolean]> = [
  ['nothing', undefined, false],
  ['an empty request', {}, false],
  ['a restore beside', { mode: 'beside' }, false],
  ['a swap', { mode: 'swap' }, true],
  ['to finish a swap', { unfinished: 'finish' }, true],
  ['to undo a swap', { unfinished: 'undo', mode: 'beside' }, true],
];

describe('the approval of a plan', () => {
  it.each(REQUESTS)('that was asked for with %s', (_, request, swaps) => {
    const approval = { a: 'never', b: 'swap', c: 'always' } as const;
    const asked = (runbook: string) => needsApproval({ approval }, runbook, request);
    expect([asked('a'), asked('b'), asked('c'), asked('unknown')]).toEqual([false, swaps, true, false]);
  });
});

describe('the locks of the services that use a database', () => {
  const database = { kind: 'database', consumers: ['worker', 'api'] } as unknown as Target;
  const service = { kind: 'service' } as unknown as Target;
  const both = ['service/api', 'service/worker'];

  it.each(REQUESTS)('in a run with %s', (_, request, swaps) => {
    const keys = (rule: LocksConsumers) => consumerLocks(rule, database, request);
    expect([keys('never'), keys('swap'), keys('always')]).toEqual([[], swaps ? both : [], both]);
  });

  it('are none where the target is a service', () => {
    expect(consumerLocks('always', service)).toEqual([]);
  });
});

describe('the locks of a rotation', () => {
  const secrets = {
    kind: 'secrets' as const,
    name: 'all',
    secrets: [
      { name: 'jwt', tags: ['tokens'], after: [], consumers: ['api', 'worker'] },
      { name: 'database', tags: [], after: [], consumers: ['api'] },
    ],
    alarms: [],
    observeSeconds: 0,
  };

  it.each<[RunRequest, string[]]>([
    [{ secrets: ['database'] }, ['secret/database', 'service/api']],
    [{ secrets: ['all'] }, ['secret/database', 'secret/jwt', 'service/api', 'service/worker']],
    [{ tag: 'tokens' }, ['secret/jwt', 'service/api', 'service/worker']],
  ])('are those of the secrets and of who is given them, for %j', (request, locks) => {
    expect(consumerLocks('always', secrets, request)).toEqual(locks);
  });

  it('are not taken for names that are not declared, of which the nearest is told', () => {
    expect(() => consumerLocks('always', secrets, { secrets: ['databse', 'jwt'] })).toThrow(
      '"databse" is not a declared secret that can be rotated. Did you mean "database"?',
    );
    expect(() => consumerLocks('always', secrets, { tag: 'token' })).toThrow('Did you mean "tokens"?');
  });
});
