import { describe, expect, it } from 'vitest';
import { type Approval, refuseApproval } from '../../../functions/run/confirm-approval.ts';

const expiresAt = '2026-11-21T04:00:00Z';
const approval: Approval = { decision: 'approved', planHash: 'aaaa', by: 'kim' };

describe('an approval', () => {
  it.each<[string, Partial<Approval>, string, string, string | undefined]>([
    ['for this plan, in time, counts', {}, 'aaaa', '2026-11-21T03:59:00Z', undefined],
    ['that came too late', {}, 'aaaa', '2026-11-21T04:00:01Z', 'after it had lapsed'],
    [
      'for another plan',
      {},
      'bbbb',
      '2026-11-21T03:59:00Z',
      'The plan is no longer the one that kim approved',
    ],
    [
      'that is a rejection',
      { decision: 'rejected' },
      'aaaa',
      '2026-11-21T03:59:00Z',
      'kim rejected the plan.',
    ],
    [
      'that is a rejection with a reason',
      { decision: 'rejected', reason: 'not tonight' },
      'aaaa',
      '2026-11-21T03:59:00Z',
      'kim rejected the plan: not tonight.',
    ],
  ])('%s', (_, change, hash, now, expected) => {
    const refusal = refuseApproval({ ...approval, ...change }, hash, expiresAt, new Date(now));
    if (expected === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(expected);
  });
});
