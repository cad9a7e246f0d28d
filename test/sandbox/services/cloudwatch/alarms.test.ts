import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClock } from '../../../../sandbox/clock.ts';
import type { BusEvent, Machine } from '../../../../sandbox/contract.ts';
import { type AlarmDefinition, createAlarms } from '../../../../sandbox/services/cloudwatch/alarms.ts';
import { MetricStore } from '../../../../sandbox/services/cloudwatch/metric-store.ts';

const MINUTE = 60_000;
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:topic';
const errors: AlarmDefinition = {
  AlarmName: 'errors',
  Namespace: 'Shop',
  MetricName: 'Errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 10,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: [TOPIC],
  OKActions: [],
};

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    now: new Date('2026-11-20T12:00:00Z'),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(options: { muted?: () => boolean } = {}) {
  const store = new MetricStore();
  const events: BusEvent[] = [];
  const published: string[] = [];
  const machine = {
    clock: createClock(1),
    arn: (name: string, rest: string) => `arn:aws:${name}:us-east-1:123456789012:${rest}`,
    engines: {
      putEvent: (event: BusEvent) => void events.push(event),
      publish: async (_topic: string, message: string) =>
        void published.push(JSON.parse(message).NewStateValue),
    },
    log() {},
  } as unknown as Machine;
  const alarms = createAlarms(machine, store, options.muted ?? (() => false));
  return {
    alarms,
    events,
    published,
    state: (name: string) => alarms.find(name).state,
    /** Lets a minute pass in which the metric has this value; undefined lets it pass without data. */
    async minute(value?: number) {
      if (value !== undefined)
        store.put({ namespace: 'Shop', name: 'Errors', dimensions: {}, value }, Date.now());
      await vi.advanceTimersByTimeAsync(MINUTE);
    },
  };
}

describe('an alarm', () => {
  test('goes through its states as data come', async () => {
    const { alarms, minute, state } = start();
    alarms.put(errors, false);
    const states = [state('errors')];
    // A minute is looked at shortly after its end: its effect shows in the minute after.
    for (const value of [0, 10, 0, 10, 10, 0, 0, 0]) {
      await minute(value);
      states.push(state('errors'));
    }
    const [unknown, fine, bad] = ['INSUFFICIENT_DATA', 'OK', 'ALARM'];
    expect(states).toEqual([unknown, fine, fine, fine, fine, bad, bad, bad, fine]);
  });

  test('of an expression evaluates it', async () => {
    const { alarms, minute, state } = start();
    const MetricStat = {
      Metric: { Namespace: 'Shop', MetricName: 'Errors', Dimensions: [] },
      Period: 60,
      Stat: 'Sum',
    };
    const { Namespace: _n, MetricName: _m, Statistic: _s, Period: _p, ...rest } = errors;
    const Metrics = [
      { Id: 'e1', Expression: 'FILL(m1, 0) * 2' },
      { Id: 'm1', MetricStat, ReturnData: false },
    ];
    alarms.put({ ...rest, Metrics, EvaluationPeriods: 1, DatapointsToAlarm: 1 }, false);
    await minute(5);
    await minute(4);
    expect(state('errors')).toBe('ALARM');
    await minute(0);
    expect(state('errors')).toBe('OK');
  });

  test('tells of each change, once, with what was before', async () => {
    const { alarms, events, minute, published } = start();
    alarms.put(errors, false);
    for (const value of [0, 10, 10, 10, 10]) await minute(value);
    expect(events.map(({ detail }) => detail)).toMatchObject([
      { state: { value: 'OK' }, previousState: { value: 'INSUFFICIENT_DATA' } },
      { state: { value: 'ALARM' }, previousState: { value: 'OK' } },
    ]);
    expect(events[1]).toMatchObject({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors'],
      detail: {
        alarmName: 'errors',
        state: { timestamp: expect.stringMatching(/^2026-11-20T12:\d\d:\d\d\.\d{3}\+0000$/) },
      },
    });
    expect(published).toEqual(['ALARM']);
    expect(alarms.history.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
    ]);
  });

  test.each([
    ['it is muted', { muted: () => true }, {}],
    ['its actions are not enabled', {}, { ActionsEnabled: false }],
  ])('changes its state without acting when %s', async (_when, options, more) => {
    const { alarms, published, state } = start(options);
    alarms.setState(alarms.put({ ...errors, ...more }, false), 'ALARM', 'by hand');
    await vi.advanceTimersByTimeAsync(0);
    expect(state('errors')).toBe('ALARM');
    expect(published).toEqual([]);
  });

  test('keeps its state when it is put again', () => {
    const { alarms, state } = start();
    alarms.setState(alarms.put(errors, false), 'ALARM', 'by hand');
    alarms.put({ ...errors, Threshold: 20 }, false);
    expect(state('errors')).toBe('ALARM');
  });

  test('that is deleted is evaluated no more', async () => {
    const { alarms, events, minute } = start();
    alarms.put(errors, false);
    alarms.delete('errors');
    await minute(10);
    await minute(10);
    expect(events).toEqual([]);
    expect(() => alarms.find('errors')).toThrow('does not exist');
  });
});

describe('a composite alarm', () => {
  test('follows its alarms', () => {
    const { alarms, events, state } = start();
    const one = alarms.put({ ...errors, AlarmName: 'one' }, false);
    const two = alarms.put({ ...errors, AlarmName: 'two' }, false);
    alarms.put({ AlarmName: 'both', AlarmRule: 'ALARM("one") AND ALARM("two")' }, true);
    expect(state('both')).toBe('OK');
    alarms.setState(one, 'ALARM', 'by hand');
    expect(state('both')).toBe('OK');
    alarms.setState(two, 'ALARM', 'by hand');
    expect(state('both')).toBe('ALARM');
    alarms.setState(one, 'OK', 'by hand');
    expect(state('both')).toBe('OK');
    expect(events.filter(({ detail }) => detail.alarmName === 'both')).toHaveLength(3);
  });
});
