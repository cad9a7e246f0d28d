import { expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createFaults } from '../../../../sandbox/faults/faults.ts';
import {
  noViews,
  rememberView,
  seenVersions,
} from '../../../../sandbox/services/secrets-manager/label-views.ts';
import type { Secret } from '../../../../sandbox/services/secrets-manager/secret.ts';
import { holderOf, putVersion } from '../../../../sandbox/services/secrets-manager/versions.ts';

let now = 0;
const faults = createFaults([
  { call: 'secrets-manager:stale-reads', effect: 'late:20', occurrences: [2] },
  { call: 'secrets-manager:stale-labels', effect: 'late:5', occurrences: [2, 3] },
]);
const machine = { faults, clock: { now: () => now } } as unknown as Machine;
const secret = { versions: new Map(), views: noViews() } as unknown as Secret;
const put = (id: string) => {
  rememberView(machine, secret);
  putVersion(secret.versions, 'arn', {
    id,
    value: { text: id },
    labels: ['AWSCURRENT'],
    now,
    keyId: undefined,
  });
};
const current = (kind: 'stale-reads' | 'stale-labels', at: number) =>
  holderOf(seenVersions(secret, kind, at), 'AWSCURRENT')?.id;

test('readers see a change late as long as a rule says, and never go back', () => {
  put('first');
  expect(current('stale-reads', now)).toBe('first');
  put('second');
  now = 1000;
  put('third');
  expect([0, 19_999, 20_000].map((at) => current('stale-reads', at))).toEqual(['first', 'first', 'third']);
  expect([0, 4999, 5000, 5999, 6000].map((at) => current('stale-labels', at))).toEqual([
    'first',
    'first',
    'second',
    'second',
    'third',
  ]);
});
