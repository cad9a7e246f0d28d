import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveUpAt, givingUp } from '../../../functions/wait/give-up.ts';
import type { Parked } from '../../../functions/wait/parked.ts';

const NOW = new Date('2026-11-21T03:00:00.000Z');

describe('giving up', () => {
  it.each([
    [1800, 1380],
    [7200, 6780],
    [840, 420],
    [600, 300],
    [60, 30],
  ])('comes in a state of %i s after %i s', (waitSeconds, seconds) => {
    expect(giveUpAt(NOW, waitSeconds)).toEqual(new Date(NOW.getTime() + seconds * 1000));
  });

  it('comes before the state ends, and after half of its time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (waitSeconds) => {
        const seconds = (giveUpAt(NOW, waitSeconds).getTime() - NOW.getTime()) / 1000;
        expect(seconds).toBeLessThan(waitSeconds);
        expect(seconds).toBeGreaterThanOrEqual(Math.floor(waitSeconds / 2));
      }),
    );
  });

  it('lets a run go on that was to go on without what does not come', () => {
    const parked = {
      kind: 'secret-rotations',
      secrets: [{ name: 'jwt', arn: 'arn', token: 'new', from: 'old', since: NOW.toISOString() }],
      tolerant: true,
      parkedAt: NOW.toISOString(),
    } as unknown as Parked;
    expect(givingUp(parked, 'jwt: setSecret failed', NOW)).toMatchObject({
      state: 'done',
      summary: expect.stringContaining('jwt: setSecret failed'),
    });
    expect(givingUp({ ...parked, tolerant: false } as Parked, 'jwt: setSecret failed', NOW)).toMatchObject({
      state: 'failed',
      cause: expect.stringContaining('Waited 1 minute for jwt to be rotated in vain'),
    });
  });

  it('says what was waited for, how long, what is now, and what to do', () => {
    const parked = {
      kind: 'db-instance',
      identifier: 'shop',
      since: NOW.toISOString(),
      parkedAt: NOW.toISOString(),
    } as Parked;
    const later = new Date(NOW.getTime() + 23 * 60_000);
    expect(givingUp(parked, 'RDS says that it is modifying', later)).toEqual({
      state: 'failed',
      error: 'VerificationFailed',
      cause:
        'Waited 23 minutes for the instance shop to become available in vain; last seen: RDS says that it is modifying. Waiting changed nothing; what this run had asked for before stays asked for, and is not proved good. Look at the instance and its recent events in RDS: what was asked for may still come about. Once the instance is available, start the runbook again; it looks for itself how far things are.',
    });
  });
});
