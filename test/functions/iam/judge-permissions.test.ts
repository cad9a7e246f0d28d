import { describe, expect, it } from 'vitest';
import { judgePermissions } from '../../../functions/iam/judge-permissions.ts';
import type { Simulated } from '../../../functions/iam/simulate-role.ts';

const ROLE = 'arn:aws:iam::123456789012:role/nightshift/roll-back';
const SERVICE = 'arn:aws:ecs:us-east-1:123456789012:service/main/api';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';
const update = { action: 'ecs:UpdateService', resource: SERVICE };
const decrypt = { action: 'kms:Decrypt', resource: KEY };
const answer = (
  decision: Simulated['decision'],
  missing: readonly string[] = [],
  of: { action: string; resource: string } = update,
): Simulated => ({ ...of, decision, missing });

describe('what a role may', () => {
  it.each<[string, readonly Simulated[] | undefined, string, string]>([
    ['allowed', [answer('allowed')], 'pass', 'its policies allow ecs:UpdateService'],
    ['not allowed', [answer('implicitDeny')], 'fail', 'it may not ecs:UpdateService on service/main/api'],
    [
      'denied',
      [answer('explicitDeny')],
      'fail',
      'it is explicitly denied ecs:UpdateService on service/main/api',
    ],
    [
      'a matter of a condition',
      [answer('implicitDeny', ['aws:SourceVpc'])],
      'unknown',
      'whether it may ecs:UpdateService on service/main/api depends on aws:SourceVpc',
    ],
    [
      'denied under a condition',
      [answer('explicitDeny', ['aws:SourceIp'])],
      'unknown',
      'whether it may ecs:UpdateService on service/main/api depends on aws:SourceIp',
    ],
    [
      'allowed, whatever else is asked for',
      [answer('allowed', ['aws:SourceVpc'])],
      'pass',
      'its policies allow ecs:UpdateService',
    ],
    ['not answered', [], 'unknown', 'IAM did not say whether it may ecs:UpdateService on service/main/api'],
    [
      'answered of something else',
      [answer('allowed', [], { ...update, resource: `${SERVICE}-2` })],
      'unknown',
      'IAM did not say whether it may ecs:UpdateService on service/main/api',
    ],
    ['of a role that is gone', undefined, 'fail', 'there is no role roll-back'],
  ])('is %s', (_how, answers, verdict, observed) => {
    expect(judgePermissions(ROLE, { asked: [update], answers })).toEqual({
      verdict,
      observed,
      expected: 'roll-back may ecs:UpdateService',
    });
  });

  it("is a warning where the resource's own policy may allow it, and a failure where it is denied", () => {
    const judge = (decision: Simulated['decision']) =>
      judgePermissions(ROLE, { asked: [decrypt], answers: [answer(decision, [], decrypt)] }, ['kms:Decrypt']);
    expect(judge('implicitDeny')).toMatchObject({
      verdict: 'warn',
      observed: "it may kms:Decrypt on key/1 only where the resource's own policy lets it",
    });
    expect(judge('explicitDeny').verdict).toBe('fail');
  });

  it('is told of everything that is missing', () => {
    const asked = [update, { ...update, action: 'ecs:DescribeServices' }];
    const answers = asked.map((one) => answer('implicitDeny', [], one));
    expect(judgePermissions(ROLE, { asked, answers }).observed).toBe(
      'it may not ecs:UpdateService on service/main/api; it may not ecs:DescribeServices on service/main/api',
    );
  });
});
