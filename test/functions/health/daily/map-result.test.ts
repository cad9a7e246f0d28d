import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestResults, resultOf, type TargetResult } from '../../../../functions/health/daily/map-result.ts';
import { whyNoReport } from '../../../../functions/health/daily/why-no-report.ts';
import { aFinding, answering, aRecord, failing } from './a-day.ts';

describe('a record of a distributed Map', () => {
  it('gives the report of its target', () => {
    expect(resultOf(aRecord('service/api', answering('service/api', [aFinding('fail')])))).toMatchObject({
      target: 'service/api',
      endedAt: Date.parse('2026-11-21T08:00:02.000Z'),
      report: { target: 'service/api', verdict: 'fail' },
    });
  });

  it.each([
    ['was never begun', { Status: 'PENDING', StopDate: undefined }, 'its check was never begun'],
    ['ran out of time', failing('States.Timeout', ''), 'its check did not end in time'],
    ['answered no report', { Output: '{"hello":1}' }, 'its check answered something that is no report'],
    ['answered no JSON', { Output: '{' }, 'its check answered something that is no report'],
    ['answered nothing', {}, 'its check answered something that is no report'],
    [
      'answered about another target',
      answering('service/web', [aFinding('pass')]),
      'its check answered about something else',
    ],
  ])('of a check that %s says why there is no report', (_what, change, why) => {
    const result = resultOf(aRecord('service/api', change));
    expect(result).toMatchObject({ target: 'service/api', why });
    expect(result?.report).toBeUndefined();
  });

  it('without its input is about the target that its report names', () => {
    const record = aRecord('service/api', {
      ...answering('service/web', [aFinding('pass')]),
      Input: undefined,
    });
    expect(resultOf(record)).toMatchObject({ target: 'service/web', report: {} });
  });

  it.each([
    [null],
    [7],
    [{}],
    [{ Input: 'null' }],
    [{ Input: '[]' }],
    [{ Input: 7 }],
    [{ Input: '{"target":null}' }],
  ])('is left out where it does not say what it is about: %j', (record) =>
    expect(resultOf(record)).toBeUndefined(),
  );

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.json(), fc.json(), (record, Input, Output) => {
        resultOf(record);
        resultOf({ Status: 'SUCCEEDED', Input, Output });
        resultOf({ Status: 'FAILED', Input, Cause: Output });
      }),
    );
  });
});

describe('several results of a target', () => {
  const target = fc.constantFrom('service/api', 'service/web', 'database/main');
  const result = fc.record({
    target,
    endedAt: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NEGATIVE_INFINITY)),
    redrives: fc.nat({ max: 2 }),
    why: fc.constant('x'),
  });

  it('count as the newest one, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(result),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (all, keys) => {
          const ordered: TargetResult[] = [...all];
          const shuffled = ordered
            .map((one) => ({ one, key: keys.next().value as number }))
            .sort((left, right) => left.key - right.key)
            .map(({ one }) => one);
          const newest = newestResults(shuffled);
          expect(new Set(newest.keys())).toEqual(new Set(all.map((one) => one.target)));
          for (const one of all)
            expect(newest.get(one.target)?.endedAt).toBe(
              Math.max(...all.filter((other) => other.target === one.target).map(({ endedAt }) => endedAt)),
            );
          const plain = (map: typeof newest) =>
            [...map.values()].map((one) => JSON.stringify([one.target, one.endedAt, one.redrives])).sort();
          expect(plain(newest)).toEqual(plain(newestResults(all)));
        },
      ),
    );
  });

  it('count as the graver one where they ended in the same instant', () => {
    const of = (verdict: 'pass' | 'fail') =>
      resultOf(aRecord('service/api', answering('service/api', [aFinding(verdict)]))) as TargetResult;
    for (const all of [
      [of('pass'), of('fail')],
      [of('fail'), of('pass')],
    ])
      expect(newestResults(all).get('service/api')?.report?.verdict).toBe('fail');
  });
});

describe('why there is no report', () => {
  const cause = (errorMessage: string) => JSON.stringify({ errorType: 'X', errorMessage, trace: ['at x'] });
  it.each([
    [{ status: 'ABORTED' }, 'its check was stopped'],
    [{ status: 'TIMED_OUT' }, 'its check did not end in time'],
    [{ error: 'States.Timeout' }, 'its check did not end in time'],
    [
      { error: 'Sandbox.Timedout', cause: cause('Task timed out after 60.00 seconds') },
      'its check did not end in time',
    ],
    [
      { error: 'Lambda.Unknown', cause: 'Task timed out after 60.00 seconds' },
      'its check did not end in time',
    ],
    [
      { error: 'Lambda.TooManyRequestsException', cause: 'Rate Exceeded.' },
      'its check was throttled, again and again (Lambda.TooManyRequestsException)',
    ],
    [
      { error: 'Lambda.ServiceException', cause: 'x' },
      'Lambda could not run its check (Lambda.ServiceException: x)',
    ],
    [
      { error: 'Transient', cause: cause('AWS was not there.') },
      'its check failed (Transient: AWS was not there.)',
    ],
    [{ status: 'FAILED' }, 'its check failed (no error is named)'],
  ])('%j: %s', (ended, words) => expect(whyNoReport(ended)).toBe(words));

  it('is short, in one line and without secrets, whatever the cause holds', () => {
    const secret = 'postgres://app:hunter2@db/main\npassword=hunter2 token: "hunter2"';
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 400 }), (error, text) => {
        for (const given of [`${secret}${text}`, cause(`${secret} ${text}`)]) {
          const words = whyNoReport({ status: 'FAILED', error, cause: given });
          expect(words.length).toBeLessThan(260);
          expect(words).not.toMatch(/[\r\n]/);
          expect(words.replace(error, '')).not.toContain('hunter2');
        }
      }),
    );
  });
});
