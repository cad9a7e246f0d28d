import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClock } from '../../../../sandbox/clock.ts';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createSchedulerService } from '../../../../sandbox/services/scheduler/scheduler-service.ts';

const MINUTE = 60_000;
const START = new Date('2026-11-20T12:00:00Z');
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:queue';
const target = { Arn: QUEUE, RoleArn: 'arn:aws:iam::123456789012:role/scheduler', Input: '{}' };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    now: START,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A scheduler whose messages to a queue are kept, with the minute after the start in which each came. */
function start() {
  const sent: Array<{ minute: number; body: string }> = [];
  const machine = {
    clock: createClock(1),
    arn: (name: string, rest: string) => `arn:aws:${name}:us-east-1:123456789012:${rest}`,
    policies: { requireAssumable() {} },
    engines: {
      sendMessage: async (_queue: string, body: string) =>
        void sent.push({ minute: (Date.now() - START.getTime()) / MINUTE, body }),
    },
    log() {},
  } as unknown as Machine;
  const service = createSchedulerService(machine);
  const operations = service.apis[0]?.operations;
  const administrator = {
    caller: { kind: 'administrator' },
    requestId: '',
    signal: AbortSignal.any([]),
  } as const;
  return {
    sent,
    minutes: () => sent.map(({ minute }) => Math.round(minute)),
    /** As a template does. */
    deploy: (properties: Record<string, unknown>) =>
      service.providers[0]?.create({
        logicalId: 'Schedule',
        type: 'AWS::Scheduler::Schedule',
        stack: 'stack',
        properties: { FlexibleTimeWindow: { Mode: 'OFF' }, Target: target, ...properties },
        physicalName: () => 'schedule',
      }),
    call: (operation: string, input: Record<string, unknown>) =>
      operations?.[operation]?.handle(
        { FlexibleTimeWindow: { Mode: 'OFF' }, Target: target, ...input },
        administrator,
      ),
    pass: (minutes: number) => vi.advanceTimersByTimeAsync(minutes * MINUTE + 1),
  };
}

describe('a schedule', () => {
  test('fires at its rate', async () => {
    const { deploy, minutes, pass } = start();
    deploy({ ScheduleExpression: 'rate(5 minutes)' });
    await pass(16);
    expect(minutes()).toEqual([5, 10, 15]);
  });

  test('fires in its time zone', async () => {
    const { deploy, minutes, pass } = start();
    deploy({ ScheduleExpression: 'cron(30 13 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' });
    await pass(60);
    expect(minutes()).toEqual([30]);
  });

  test('counts its rate from its start date, which a template writes as text', async () => {
    const { deploy, minutes, pass } = start();
    deploy({ ScheduleExpression: 'rate(5 minutes)', StartDate: '2026-11-20T12:07:00Z' });
    await pass(18);
    expect(minutes()).toEqual([7, 12, 17]);
  });

  test('fires no more after its end date', async () => {
    const { call, minutes, pass } = start();
    const EndDate = new Date('2026-11-20T12:11:00Z');
    call('CreateSchedule', { Name: 'schedule', ScheduleExpression: 'rate(5 minutes)', EndDate });
    await pass(30);
    expect(minutes()).toEqual([5, 10]);
  });

  test('that is disabled does not fire', async () => {
    const { deploy, minutes, pass } = start();
    deploy({ ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' });
    await pass(30);
    expect(minutes()).toEqual([]);
  });

  test('that is deleted fires no more', async () => {
    const { call, minutes, pass } = start();
    call('CreateSchedule', { Name: 'schedule', ScheduleExpression: 'rate(5 minutes)' });
    await pass(6);
    call('DeleteSchedule', { Name: 'schedule' });
    await pass(30);
    expect(minutes()).toEqual([5]);
  });

  test('with a flexible window fires within it', async () => {
    const { deploy, minutes, pass } = start();
    deploy({
      ScheduleExpression: 'at(2026-11-20T12:10:00)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    });
    await pass(60);
    expect(minutes()).toHaveLength(1);
    expect(minutes()[0]).toBeGreaterThanOrEqual(10);
    expect(minutes()[0]).toBeLessThanOrEqual(15);
  });

  test('of one time is gone afterwards only when it asks for that', async () => {
    const { call, pass } = start();
    const ScheduleExpression = 'at(2026-11-20T12:10:00)';
    call('CreateSchedule', { Name: 'kept', ScheduleExpression });
    call('CreateSchedule', { Name: 'gone', ScheduleExpression, ActionAfterCompletion: 'DELETE' });
    await pass(11);
    expect(await call('GetSchedule', { Name: 'kept' })).toMatchObject({ Name: 'kept' });
    expect(() => call('GetSchedule', { Name: 'gone' })).toThrow('does not exist');
  });

  test('tells its target when it was due', async () => {
    const { deploy, pass, sent } = start();
    const Input = '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}';
    deploy({ ScheduleExpression: 'rate(5 minutes)', Target: { ...target, Input } });
    await pass(5);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      at: '2026-11-20T12:05:00Z',
      by: 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/schedule',
    });
  });

  test('of a name that is taken is refused', () => {
    const { call } = start();
    const create = () => call('CreateSchedule', { Name: 'schedule', ScheduleExpression: 'rate(5 minutes)' });
    create();
    expect(create).toThrow('already exists');
  });
});
