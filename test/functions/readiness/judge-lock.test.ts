import { describe, expect, it } from 'vitest';
import { type Holder, judgeLock } from '../../../functions/readiness/judge-lock.ts';

const NOW = new Date('2026-11-21T03:00:00Z');
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const HOUR_SECONDS = 3600;
const item = (expiresInMinutes = 20) => ({
  key: 'service/api',
  ownerRun: 'run-1',
  ownerArn: 'arn:aws:states:us-east-1:123456789012:execution:roll-back:run-1',
  fencingToken: 3,
  heartbeatAt: minutesAgo(10).getTime(),
  expiresAtMilliseconds: NOW.getTime() + expiresInMinutes * 60_000,
  joined: 0,
});
const running = (sinceMinutes: number): Holder => ({
  status: 'RUNNING',
  startedAt: minutesAgo(sinceMinutes),
});
const ended = (agoMinutes: number): Holder => ({
  status: 'ABORTED',
  startedAt: minutesAgo(agoMinutes + 10),
  endedAt: minutesAgo(agoMinutes),
});
const { ownerRun: _owner, ...released } = item();

describe('the lock of a service', () => {
  it.each([
    ['was never taken', undefined, undefined, 'pass', 'it is free'],
    ['was given back', released, undefined, 'pass', 'it is free'],
    ['is held by a run at work', item(), running(5), 'pass', 'the run run-1 has been at work for 5 min'],
    [
      'is held for exactly as long as may be',
      item(),
      running(60),
      'pass',
      'the run run-1 has been at work for 1 h',
    ],
    [
      'is held too long',
      item(),
      running(61),
      'fail',
      'the run run-1 holds it, and has been at work for 1 h 1 min',
    ],
    [
      'is held without a sign of life',
      item(-1),
      running(5),
      'warn',
      'the run run-1 is said to run, but gives no sign of life: the next run takes the lock over',
    ],
    [
      'is held by a run that has just ended',
      item(),
      ended(2),
      'warn',
      'the run run-1 ended as ABORTED a moment ago, and has not given it back yet',
    ],
    [
      'is held by a run that ended long ago',
      item(),
      ended(6),
      'fail',
      'the run run-1 ended as ABORTED, and nobody has given it back; it is held until it expires',
    ],
    [
      'is held by nobody who is known',
      item(),
      undefined,
      'fail',
      'the run run-1 holds it, and Step Functions knows of no such run',
    ],
    [
      'has expired since its run died',
      item(-1),
      ended(60),
      'warn',
      'the run run-1 has died without giving it back; the next run takes it over',
    ],
  ] as const)('%s', (_how, lock, holder, verdict, observed) => {
    expect(judgeLock(lock, holder, HOUR_SECONDS, NOW)).toEqual({
      verdict,
      observed,
      expected: 'free, or held by a run that is at work, for at most 1 h',
    });
  });
});
