import { DeleteAlarmMuteRuleCommand, PutAlarmMuteRuleCommand } from '@aws-sdk/client-cloudwatch';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSUMER_STEPS } from '../../lib/steps/consumer-steps.ts';
import { DATABASE_STEPS } from '../../lib/steps/database-steps.ts';
import { DATABASE_HEALTH_STEPS, HEALTH_STEPS } from '../../lib/steps/health-steps.ts';
import { KEEPERS } from '../../lib/steps/keepers.ts';
import { OWNERSHIP_STEPS } from '../../lib/steps/ownership-steps.ts';
import { PREFLIGHT_STEPS } from '../../lib/steps/preflight-steps.ts';
import { READINESS_STEPS, WATCH_STEPS } from '../../lib/steps/readiness-steps.ts';
import { RECOVERY_STEPS } from '../../lib/steps/recovery-steps.ts';
import { RESTORE_STEPS } from '../../lib/steps/restore-steps.ts';
import { SECRET_STEPS } from '../../lib/steps/secret-steps.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../../rehearsal/rehearse.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { Parameter } from '../../schemas/names.ts';
import { Operator } from '../support/operator.ts';

const ALARM = 'nightshift-api-error-ratio';

/** Roles of steps and state machines that this runbook has nothing to do with. */
const OF_OTHERS = new RegExp(
  [
    ...Object.keys({
      ...CONSUMER_STEPS,
      ...DATABASE_STEPS,
      ...RESTORE_STEPS,
      ...RECOVERY_STEPS,
      ...SECRET_STEPS,
      ...OWNERSHIP_STEPS,
      ...PREFLIGHT_STEPS,
      ...READINESS_STEPS,
      ...WATCH_STEPS,
      ...HEALTH_STEPS,
      ...DATABASE_HEALTH_STEPS,
    }).map((name) => `Steps${name[0]?.toUpperCase()}${name.slice(1)}Role`),
    'Nightshift(ValidateDatabase|SnapshotDatabase|RestoreDatabase|RestoreDrill|RecoverMigration)Role',
    // Long names are cut off.
    ...Object.keys(KEEPERS).map((name) => `Steps${name[0]?.toUpperCase()}${name.slice(1)}`),
    'Nightshift(RotateSecret|RotateCompromised|TakeOverOwnership)Role',
    'Nightshift(DailyHealthCheck|Preflight|CheckParity|RollbackReadiness|ReleaseGate)Role',
  ].join('|'),
);

/** Permissions that this night has no use for. */
const NOT_TONIGHT = [
  // AWS's own services use these for a function or a state machine; in the sandbox they need none.
  /logs:(CreateLogStream|PutLogEvents|\w*LogDeliver\w+|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups) /,
  /xray:/,
  // The team's own.
  /^demo-Task/,
  // The same event comes twice (gates).
  /OpenRunRole.* dynamodb:GetItem on .*Runs/,
  // A deployment in progress is stopped (crash-loop).
  /RollServiceBackRole.* ecs:StopServiceDeployment /,
  // The first look finds the service steady already, or its deployment lost.
  /(AwaitSteadyService|ResumeWaitingRun)Role.* (states:SendTask|dynamodb:DeleteItem on .*Waits)/,
  // An event is missed (faults), five minutes pass within a wait, and undelivered events.
  /SweepWaitingRunsRole/,
  /SchedulerRole/,
  // Other runbooks: those of databases and of secrets, and those that look.
  OF_OTHERS,
  /targets\/(database|cache|secret|fleet)/,
  /execution:nightshift-(validate-database|snapshot-database|restore-database|restore-drill|recover-migration|rotate-secret|rotate-compromised|take-over-ownership|daily-health-check|preflight|check-parity|rollback-readiness|release-gate):/,
  /(ResumeWaitingRun|SweepWaitingRuns)Role.* (rds:Describe|ecs:Describe|secretsmanager:|dynamodb:GetItem)/,
  // The eleventh good revision.
  /RecordGoodRevisionRole.* dynamodb:DeleteItem /,
];

/** One long night with one service: each test goes on where the last one ended. */
describe('the guards of roll-back-service', { timeout: 120_000 }, () => {
  let stage: Stage;
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let operator: Operator;
  let good: string;
  let bad: string;

  beforeAll(async () => {
    const opened = await openStage({ speed: DEFAULT_SPEED });
    ({ stage, sandbox, close } = opened);
    operator = new Operator(stage);
    good = stage.good;
  });
  afterAll(() => close?.());

  const changePolicy = async (change: object) => {
    const Name = Parameter.policy('nightshift');
    const { Parameter: found } = await stage.clients.ssm.send(new GetParameterCommand({ Name }));
    await stage.clients.ssm.send(
      new PutParameterCommand({
        Name,
        Value: JSON.stringify({ ...JSON.parse(found?.Value ?? '{}'), ...change }),
        Overwrite: true,
      }),
    );
  };
  const waiting = async (arn: string) =>
    stage.until('the wait for approval', 600, async () => {
      const record = await stage.deployment.record(arn);
      return record?.approval !== undefined && record;
    });

  it('answer an unknown service with the nearest name, and change nothing', async () => {
    const record = await operator.run({ service: 'apo' });
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'InvalidInput' } });
    expect(record.error?.message).toContain('Did you mean "api"?');
  });

  it('refuse where the last known good release runs already', async () => {
    const record = await operator.run({ service: 'api' });
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    expect(record.error?.message).toContain('There is nothing to roll back');
    expect(await stage.team.running()).toBe(good);
    // Whoever typed it sees the answer; nobody else is woken up.
    expect(await stage.team.takePages()).toEqual([]);
  });

  it('refuse quietly what comes after the alarm has recovered', async () => {
    const record = await operator.run({
      service: 'api',
      trigger: { kind: 'alarm', by: ALARM, eventId: 'late-1' },
    });
    expect(record).toMatchObject({ outcome: 'refused', acted: false, quiet: true });
    expect(record.error?.message).toContain('it recovered before this run began');
    expect(await stage.team.takePages()).toEqual([]);
  });

  it('end at the plan, and page, while the switch is off', async () => {
    await operator.setSwitch('off');
    const earlier = await operator.runs();
    bad = await stage.team.release({ tag: '2026-11-21' });
    const record = await stage.followRun(earlier);
    expect(record).toMatchObject({ outcome: 'planned', acted: false });
    expect(record.plan?.actions).toHaveLength(1);
    expect(await stage.team.running()).toBe(bad);
    expect(await operator.page()).toContain('roll-back-service on service/api');
    await operator.setSwitch('on');
  });

  it('refuse in a freeze window, and give the lock back', async () => {
    await changePolicy({
      freezeWindows: [{ name: 'launch', from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }],
    });
    for (const _ of ['once', 'twice']) {
      const record = await operator.run({ service: 'api' });
      expect(record).toMatchObject({ outcome: 'refused', acted: false });
      expect(record.error?.message).toContain('The freeze window "launch" holds');
    }
    await changePolicy({ freezeWindows: [] });
  });

  it('refuse what a muted alarm starts: somebody is working on it', async () => {
    const at = new Date(sandbox.clock.now() - 60_000).toISOString().slice(0, 19);
    await stage.clients.cloudwatch.send(
      new PutAlarmMuteRuleCommand({
        Name: 'maintenance',
        Description: 'moving the queue',
        Rule: { Schedule: { Expression: `at(${at})`, Duration: 'PT2H' } },
        MuteTargets: { AlarmNames: [ALARM] },
      }),
    );
    const record = await operator.run({
      service: 'api',
      trigger: { kind: 'alarm', by: ALARM, eventId: 'm' },
    });
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    expect(record.error?.message).toContain(
      `The alarm ${ALARM} is muted by the rule "maintenance" (moving the queue)`,
    );
    await stage.clients.cloudwatch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'maintenance' }));
    await operator.page();
  });

  it('do nothing that a person rejects', async () => {
    await changePolicy({ approval: { 'roll-back-service': 'always' } });
    const { arn } = await operator.begin({ service: 'api' });
    const record = await waiting(arn);
    await expect(
      stage.deployment.answerApproval(record, { decision: 'approved', by: 'kim', plan: '0000' }),
    ).rejects.toThrow('The plan that waits is');
    await stage.deployment.answerApproval(record, { decision: 'rejected', by: 'kim', reason: 'not tonight' });
    expect(await stage.deployment.follow(arn, () => {})).toMatchObject({
      outcome: 'refused',
      acted: false,
      error: { message: 'kim rejected the plan: not tonight. Nothing was changed.' },
      approval: { decision: 'rejected', by: 'kim' },
    });
  });

  it('do nothing that is approved after it has lapsed, and take an answer only once', async () => {
    await changePolicy({ approvalTimeoutMinutes: 1 });
    const { arn } = await operator.begin({ service: 'api' });
    const record = await waiting(arn);
    const lapses = Date.parse(record.approval?.expiresAt ?? '');
    // The sandbox's own clock decides: a further trigger joins meanwhile.
    expect(await operator.run({ service: 'api' })).toMatchObject({ outcome: 'joined' });
    await stage.until('the lapse', 600, async () => {
      const [latest] = await stage.deployment.runsOf(await operator.entry());
      if ((latest?.startedAt.getTime() ?? 0) > lapses) return true;
      await operator.run({ service: 'api', dryRun: true });
      return false;
    });
    await stage.deployment.answerApproval(record, { decision: 'approved', by: 'kim' });
    await expect(
      stage.deployment.answerApproval(record, { decision: 'approved', by: 'sam' }),
    ).rejects.toThrow(/has been answered before|does not wait/);
    const ended = await stage.deployment.follow(arn, () => {});
    expect(ended).toMatchObject({ outcome: 'refused', acted: false, joined: 1 });
    expect(ended?.error?.message).toContain('after it had lapsed');
    await changePolicy({ approvalTimeoutMinutes: 60 });
  });

  it('act on what is approved', async () => {
    const { arn } = await operator.begin({ service: 'api' });
    const record = await waiting(arn);
    await stage.deployment.answerApproval(record, {
      decision: 'approved',
      by: 'kim',
      plan: record.approval?.planHash.slice(0, 12) ?? '',
    });
    expect(await stage.deployment.follow(arn, () => {})).toMatchObject({
      outcome: 'verified',
      acted: true,
      approval: { decision: 'approved', by: 'kim' },
    });
    expect(await stage.team.running()).toBe(good);
    await changePolicy({ approval: { 'roll-back-service': 'never' } });
    await stage.team.takePages();
  });

  it('refuse the remedy that did not hold, and page with its history', async () => {
    await changePolicy({ didNotHold: { times: 1, windowMinutes: 360 } });
    const earlier = await operator.runs();
    bad = await stage.team.release({ tag: '2026-11-21' });
    const record = await stage.followRun(earlier);
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    expect(record.error?.message).toContain('has acted on service/api 1 times');
    expect(await stage.team.running()).toBe(bad);
    expect(await operator.page()).toBe('REFUSED: roll-back-service on service/api');
  });

  it('free the lock of a run that is stopped in mid-act, and say what state it leaves', async () => {
    const { arn } = await operator.begin({ service: 'api', reason: 'the fix is on its way' });
    await stage.until('the act', 600, async () => {
      const events = await stage.deployment.history(arn);
      return events.some(
        ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === 'await-steady-service',
      );
    });
    await stage.clients.states.send(new StopExecutionCommand({ executionArn: arn, cause: 'I take over' }));
    const record = await stage.deployment.follow(arn, () => {});
    expect(record).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'Aborted' } });
    expect(record?.error?.message).toContain('was stopped (I take over) after');
    expect(record?.error?.message).toContain('It had already called ecs:UpdateService');
    expect(record?.report).toMatch(/^s3:/);
    expect(await operator.page()).toBe('FAILED: roll-back-service on service/api');
    const next = await operator.run({ service: 'api', reason: 'look again' });
    expect(next.outcome).not.toBe('joined');
    expect(await stage.team.running()).toBe(good);
  });

  it('have used every permission but those for what did not happen tonight', () => {
    const unused = [...sandbox.permissionsUnused()].flatMap(([role, grants]) =>
      [...grants].map((grant) => `${role} ${grant}`),
    );
    expect(unused.filter((grant) => !NOT_TONIGHT.some((reason) => reason.test(grant)))).toEqual([]);
  });
});
