import { describe, expect, it } from 'vitest';
import { nightshift } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('bad-release is survived though', { timeout: 240_000 }, () => {
  it.each([
    ['the alarm event comes twice', ['events:CloudWatch Alarm State Change=repeat']],
    ['the alarm event comes two minutes late', ['events:CloudWatch Alarm State Change=late:120']],
    [
      'every event about the deployment is lost, and the sweep finds it',
      ['events:ECS Deployment State Change=lose', 'events:ECS Service Action=lose'],
    ],
    ['UpdateService takes effect but never answers', ['ecs:UpdateService#2=timeout-after']],
    [
      'Lambda runs every act step twice',
      ['lambda:*RollServiceBack*=repeat', 'lambda:*AwaitSteady*=repeat', 'lambda:*CloseRun*=repeat'],
    ],
    [
      'AWS throttles now and then',
      [
        'ecs:DescribeServices#3,6,9=throttle',
        'dynamodb:*#5,15,25=error:ThrottlingException',
        'lambda:*PlanRollback*#1=throttle',
      ],
    ],
  ])('%s', async (_, faults) => {
    const out = temporaryFolder();
    const { code, json, stderr } = await nightshift([
      'rehearse',
      'bad-release',
      '--json',
      '--out',
      out,
      ...faults.flatMap((fault) => ['--fault', fault]),
    ]);
    expect(stderr).toBe('');
    expect(json).toMatchObject({ outcome: 'verified' });
    expect(code).toBe(0);
  });
});
