import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareChecks } from '../../../../functions/health/daily/compare-checks.ts';
import { compareDays } from '../../../../functions/health/daily/compare-days.ts';
import { previousDay } from '../../../../functions/health/daily/previous-day.ts';
import type { CheckChange, KeptHealth } from '../../../../schemas/daily-health.ts';
import { Verdict } from '../../../../schemas/finding.ts';
import { AT, aFinding, judged } from './a-day.ts';

const of = (verdict: Verdict, ...checks: string[]): KeptHealth => ({
  target: 'service/api',
  verdict,
  bad: checks.map((check) => ({ check, verdict })),
});

describe('comparing days', () => {
  it.each([
    [of('pass'), of('fail', 'a'), 'newly broken'],
    [of('warn', 'a'), of('fail', 'a'), 'newly broken'],
    [of('unknown', 'a'), of('fail', 'a'), 'newly broken'],
    [of('fail', 'a', 'b'), of('fail', 'a'), 'still broken'],
    [of('fail', 'a'), of('fail', 'b', 'c'), 'still broken'],
    [of('fail', 'a'), of('pass'), 'mended'],
    [of('fail', 'a'), of('warn', 'a'), 'mended'],
    [of('fail', 'a'), of('unknown', 'a'), 'not known any more'],
    [of('pass'), of('unknown', 'a'), 'not known any more'],
    [of('unknown', 'a'), of('unknown', 'b'), 'still not known'],
    [of('unknown', 'a'), of('pass'), 'known again'],
    [of('unknown', 'a'), of('warn', 'b'), 'known again'],
    [of('pass'), of('warn', 'a'), 'new warnings'],
    [of('warn', 'a'), of('warn', 'a', 'b'), 'new warnings'],
    [of('warn', 'a', 'b'), of('warn', 'a'), 'as before'],
    [of('warn', 'a'), of('pass'), 'no more warnings'],
    [of('pass'), of('pass'), 'as before'],
    [undefined, of('fail', 'a'), 'declared since'],
    [of('fail', 'a'), undefined, 'no longer declared'],
  ])('%j then %j: %s', (before, now, change) => {
    const changes = compareDays(before === undefined ? [] : [before], now === undefined ? [] : [now]);
    expect([...changes]).toEqual([[change, ['service/api']]]);
  });

  const day = fc.uniqueArray(
    fc.record({
      target: fc.constantFrom('service/a', 'service/b', 'database/a', 'cache/c'),
      verdict: fc.constantFrom(...Verdict.options),
      bad: fc.array(
        fc.record({ check: fc.constantFrom('x', 'y'), verdict: fc.constantFrom(...Verdict.options) }),
      ),
    }),
    { selector: ({ target }) => target },
  );

  it('tells every target once, and nothing of a day that is compared to itself but what is still bad', () => {
    fc.assert(
      fc.property(day, day, (before, now) => {
        const told = [...compareDays(before, now).values()].flat();
        const all = new Set([...before, ...now].map(({ target }) => target));
        expect(told.toSorted()).toEqual([...all].toSorted());
        const allowed = ['as before', 'still broken', 'still not known'];
        expect([...compareDays(now, now).keys()].filter((change) => !allowed.includes(change))).toEqual([]);
      }),
    );
  });
});

describe('what is different within a target that is still broken', () => {
  const now = (fails: string[], passing: string[], bad: KeptHealth['bad'] = []) => ({
    ...judged('service/api', 'fail'),
    bad: [
      ...fails.map((check) => aFinding('fail', { check })),
      ...bad.map(({ check, verdict }) => aFinding(verdict, { check })),
    ],
    passing,
  });
  const change = (one: Partial<CheckChange>) => [
    { target: 'service/api', broken: [], mended: [], unknown: [], ...one },
  ];
  it.each<[string, ReturnType<typeof now>, CheckChange[]]>([
    ['as before', now(['a', 'b'], ['c']), []],
    ['more', now(['a', 'b', 'c'], []), change({ broken: ['c'] })],
    ['less', now(['a'], ['b']), change({ mended: ['b'] })],
    ['other things', now(['c'], ['a', 'b']), change({ broken: ['c'], mended: ['a', 'b'] })],
    ['a warning now', now(['a'], [], [{ check: 'b', verdict: 'warn' }]), change({ mended: ['b'] })],
    ['not looked at', now(['a'], ['c']), change({ unknown: ['b'] })],
    ['not known', now(['a'], [], [{ check: 'b', verdict: 'unknown' }]), change({ unknown: ['b'] })],
    ['known in part', now(['a'], ['b'], [{ check: 'b', verdict: 'unknown' }]), change({ unknown: ['b'] })],
  ])('is told: %s', (_what, later, changes) => {
    expect(compareChecks([of('fail', 'a', 'b')], [later])).toEqual(changes);
  });

  it('is told of no other', () => {
    const later = now(['a'], []);
    expect(compareChecks([of('pass')], [later])).toEqual([]);
    expect(compareChecks([], [later])).toEqual([]);
    expect(compareChecks([of('fail', 'b')], [{ ...later, verdict: 'unknown' }])).toEqual([]);
  });
});

describe('the check before', () => {
  const kept = { format: 1, runId: 'yesterday', at: AT, targets: [of('fail', 'a')] };
  it('is understood as it was kept', () => expect(previousDay(kept)).toEqual(kept));
  it.each([
    ['is not there', undefined],
    ['is of another version', { ...kept, format: 2 }],
    ['has no version', { ...kept, format: undefined }],
    ['has no time', { ...kept, at: 'yesterday' }],
    ['has verdicts that are not known here', { ...kept, targets: [{ ...of('fail'), verdict: 'fine' }] }],
    ['is something else', ['x']],
  ])('is none where it %s', (_what, content) => expect(previousDay(content)).toBeUndefined());
});
