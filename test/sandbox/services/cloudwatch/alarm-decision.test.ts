import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AlarmState,
  comparisons,
  decideAlarmState,
  type MissingData,
} from '../../../../sandbox/services/cloudwatch/alarm-decision.ts';

const TREATMENTS: MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const STATES: AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
const THRESHOLD = 10;

/** Points as CloudWatch's documentation writes them, the newest last: `0` is fine, `X` breaches, `-` is missing. */
const read = (text: string) =>
  [...text.replaceAll(' ', '')]
    .map((letter) => (letter === '-' ? undefined : letter === 'X' ? THRESHOLD : 0))
    .toReversed();

function decide(
  points: ReadonlyArray<number | undefined>,
  rule: { m: number; n: number; missing: MissingData },
  current: AlarmState = 'OK',
): AlarmState {
  return decideAlarmState(
    points,
    {
      datapointsToAlarm: rule.m,
      evaluationPeriods: rule.n,
      missing: rule.missing,
      breaches: (value) => value >= THRESHOLD,
    },
    current,
  );
}

/** An M out of N alarm and the points of its evaluation range, which is a little longer. */
const alarm = fc
  .record({ n: fc.integer({ min: 1, max: 6 }), extra: fc.integer({ min: 0, max: 2 }) })
  .chain(({ n, extra }) =>
    fc.record({
      n: fc.constant(n),
      m: fc.integer({ min: 1, max: n }),
      points: fc.array(fc.constantFrom(undefined, 0, THRESHOLD), {
        minLength: n + extra,
        maxLength: n + extra,
      }),
    }),
  );

describe("an alarm decides as CloudWatch's documentation says", () => {
  // 'stays' is the documentation's "Retain current state".
  type Outcomes = [missing: string, ignore: string, breaching: string, notBreaching: string];
  test.each<[m: number, n: number, points: string, outcomes: Outcomes]>([
    [3, 3, '0 - X - X', ['OK', 'OK', 'OK', 'OK']],
    [3, 3, '0 - - - -', ['OK', 'OK', 'OK', 'OK']],
    [3, 3, '- - - - -', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
    [3, 3, '0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [3, 3, '- - X - -', ['ALARM', 'stays', 'ALARM', 'OK']],
    [2, 3, '0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [2, 3, '0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [2, 3, '0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    [2, 3, '- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
    [2, 3, '- - - X -', ['ALARM', 'stays', 'ALARM', 'OK']],
  ])('%d of %d with %s', (m, n, points, outcomes) => {
    for (const [index, missing] of TREATMENTS.entries())
      for (const current of STATES)
        expect([missing, current, decide(read(points), { m, n, missing }, current)]).toEqual([
          missing,
          current,
          outcomes[index] === 'stays' ? current : outcomes[index],
        ]);
  });

  test.each(['- - - - X', '- - - X -'])('and does not alarm too early: 3 of 3 with %s', (points) => {
    for (const missing of ['missing', 'ignore'] as const)
      expect(decide(read(points), { m: 3, n: 3, missing })).toBe('OK');
  });

  test.each<[m: number, n: number, points: string, state: AlarmState]>([
    [1, 1, '0 0 X', 'ALARM'],
    [1, 1, 'X X 0', 'OK'],
    [1, 5, '0 0 X 0 0 0 0', 'ALARM'],
    [1, 5, '0 X 0 0 0 0 0', 'OK'],
    [2, 3, 'X X 0 0 X', 'OK'],
    [3, 5, 'X 0 X 0 X', 'ALARM'],
    [3, 5, 'X 0 0 0 X', 'OK'],
  ])('and looks at the newest N alone: %d of %d with %s', (m, n, points, state) => {
    for (const missing of TREATMENTS) expect(decide(read(points), { m, n, missing })).toBe(state);
  });
});

describe('an alarm', () => {
  test('with enough data depends neither on the treatment of missing data nor on its state', () => {
    fc.assert(
      fc.property(
        alarm,
        fc.constantFrom(...TREATMENTS),
        fc.constantFrom(...STATES),
        (it, missing, current) => {
          const real = it.points.filter((point) => point !== undefined);
          fc.pre(real.length >= it.n);
          const breaching = real.slice(0, it.n).filter((point) => point === THRESHOLD).length;
          expect(decide(it.points, { ...it, missing }, current)).toBe(breaching >= it.m ? 'ALARM' : 'OK');
        },
      ),
    );
  });

  test('with M breaching datapoints and too few others alarms, however missing data are treated', () => {
    fc.assert(
      fc.property(
        alarm,
        fc.constantFrom(...TREATMENTS),
        fc.constantFrom(...STATES),
        (it, missing, current) => {
          const real = it.points.filter((point) => point !== undefined);
          fc.pre(real.length < it.n && real.filter((point) => point === THRESHOLD).length >= it.m);
          expect(decide(it.points, { ...it, missing }, current)).toBe('ALARM');
        },
      ),
    );
  });

  test('has insufficient data only when all are missing', () => {
    fc.assert(
      fc.property(
        alarm,
        fc.constantFrom(...TREATMENTS),
        fc.constantFrom('OK', 'ALARM'),
        (it, missing, current) => {
          const state = decide(it.points, { ...it, missing }, current);
          const nothing = it.points.every((point) => point === undefined);
          expect(state === 'INSUFFICIENT_DATA').toBe(nothing && missing === 'missing');
        },
      ),
    );
  });

  test('treats missing data between the best and the worst that they could be', () => {
    const severity = { OK: 0, INSUFFICIENT_DATA: 1, ALARM: 2 };
    fc.assert(
      fc.property(
        alarm,
        fc.constantFrom('missing', 'ignore'),
        fc.constantFrom(...STATES),
        (it, missing, current) => {
          const how = (treatment: MissingData) =>
            severity[decide(it.points, { ...it, missing: treatment }, current)];
          expect(how(missing)).toBeGreaterThanOrEqual(how('notBreaching'));
          expect(how(missing)).toBeLessThanOrEqual(how('breaching'));
        },
      ),
    );
  });

  test('never recovers because a datapoint got worse', () => {
    fc.assert(
      fc.property(alarm, fc.constantFrom(...TREATMENTS), fc.nat(), (it, missing, which) => {
        const index = which % it.points.length;
        fc.pre(it.points[index] === 0);
        const worse = it.points.with(index, THRESHOLD);
        if (decide(it.points, { ...it, missing }) === 'ALARM')
          expect(decide(worse, { ...it, missing })).toBe('ALARM');
      }),
    );
  });

  test('keeps the state that it has just taken', () => {
    fc.assert(
      fc.property(
        alarm,
        fc.constantFrom(...TREATMENTS),
        fc.constantFrom(...STATES),
        (it, missing, current) => {
          const state = decide(it.points, { ...it, missing }, current);
          expect(decide(it.points, { ...it, missing }, state)).toBe(state);
        },
      ),
    );
  });
});

test.each([
  ['GreaterThanThreshold', [false, false, true]],
  ['GreaterThanOrEqualToThreshold', [false, true, true]],
  ['LessThanThreshold', [true, false, false]],
  ['LessThanOrEqualToThreshold', [true, true, false]],
])('%s of 9, 10 and 11 with 10', (operator, breaching) => {
  expect([9, 10, 11].map((value) => comparisons[operator]?.(value, THRESHOLD))).toEqual(breaching);
});
