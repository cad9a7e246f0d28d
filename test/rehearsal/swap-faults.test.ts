import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { type DatabaseOperator, unusedPermissions } from '../support/database-operator.ts';
import { demoPassword } from '../support/demo-password.ts';
import { Operator } from '../support/operator.ts';
import { SwapStage } from '../support/swap-stage.ts';

/** Steps that a swap needs and a restore beside does not. */
const ROLES = [
  'BeginSwap',
  'NameInstance',
  'EndSessions',
  'StopConsumers',
  'StartConsumers',
  'AwaitConsumers',
  'ProbeConsumers',
];
/** Permissions that this day has no use for. */
const NOT_TODAY = [
  // What every step may that acts: to read its own record of what it did. These look at what is there instead.
  /(BeginSwap|EndSessions) dynamodb:GetItem/,
  // A service that has no tasks, and may be meant to rest.
  /ProbeConsumers dynamodb:GetItem/,
  // Names that are misspelt.
  /ssm:GetParametersByPath/,
  // The demonstration's service is not scaled.
  /application-autoscaling:RegisterScalableTarget/,
  // Of other runbooks, and of waits that fail (which the sweep ends).
  /AwaitConsumers states:SendTask(\w+ on \S*(recover-migration|rotate-\w+|take-over-ownership)|Failure)/,
  // A rename that is taken back (swap-undone).
  /NameInstance rds:ModifyDBInstance on \S*-before-/,
  // Marks that are missing on one of two, whatever both are called when it is found.
  /NameInstance rds:AddTagsToResource/,
  /BeginSwap rds:AddTagsToResource on \S*-before-/,
  // Marks are set by one step, and taken off by others, with one permission.
  /BeginSwap rds:RemoveTagsFromResource/,
  /NameInstance rds:RemoveTagsFromResource on \S*-before-/,
];

/** One database that is to be swapped on a bad day: each test goes on where the last one ended. */
describe('a swap', { timeout: 180_000 }, () => {
  let swap: SwapStage;
  let stage: Stage;
  let sandbox: Sandbox;
  let operator: DatabaseOperator;

  beforeAll(async () => {
    swap = await SwapStage.open(150);
    ({ stage, sandbox, operator } = swap);
  }, 180_000);
  afterAll(() => swap?.close());

  it('ends at its plan while the switch is off, as the snapshot before it does', async () => {
    const person = new Operator(stage);
    await person.setSwitch('off');
    for (const [runbook, input] of [
      ['snapshot-database', {}],
      ['restore-database', { mode: 'swap' }],
    ] as const) {
      const record = await operator.run(runbook, input);
      expect(record).toMatchObject({ outcome: 'planned', acted: false });
      expect(record.plan?.actions.length).toBeGreaterThan(0);
    }
    await person.setSwitch('on');
    expect(await operator.snapshots()).toHaveLength(1);
    expect(await swap.names()).toEqual(['demo']);
    await swap.expectAsBefore();
  });

  it('is refused in a freeze window', async () => {
    await operator.changePolicy({
      freezeWindows: [{ name: 'launch', from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }],
    });
    for (const runbook of ['snapshot-database', 'restore-database']) {
      const record = await operator.run(runbook);
      expect(record).toMatchObject({ outcome: 'refused', acted: false });
      expect(record.error?.message).toContain('The freeze window "launch" holds');
    }
    await operator.changePolicy({ freezeWindows: [] });
    expect(await swap.names()).toEqual(['demo']);
    await swap.expectAsBefore();
  });

  it('does nothing that a person rejects, or approves too late', async () => {
    const rejected = await swap.begin();
    await stage.deployment.answerApproval(await swap.waiting(rejected), {
      decision: 'rejected',
      by: 'kim',
      reason: 'not by day',
    });
    expect(await swap.follow(rejected)).toMatchObject({
      outcome: 'refused',
      acted: false,
      error: { message: 'kim rejected the plan: not by day. Nothing was changed.' },
    });
    await operator.changePolicy({ approvalTimeoutMinutes: 1 });
    const late = await swap.begin();
    const record = await swap.waiting(late);
    const lapses = Date.parse(record.approval?.expiresAt ?? '');
    await stage.until('it to lapse', 600, async () => sandbox.clock.now() > lapses + 1000);
    await stage.deployment.answerApproval(record, { decision: 'approved', by: 'kim' });
    const lapsed = await swap.follow(late);
    expect(lapsed).toMatchObject({ outcome: 'refused', acted: false });
    expect(lapsed.error?.message).toContain('after it had lapsed');
    await operator.changePolicy({ approvalTimeoutMinutes: 60 });
    expect(await swap.names()).toEqual(['demo']);
    await swap.expectAsBefore();
  });

  it('renames nothing while a client comes back again and again, and starts the service again', async () => {
    const stubborn = await comeBack();
    const arn = await swap.beginApproved();
    await swap.entered(arn, 'end-sessions');
    expect(await stage.team.service()).toMatchObject({ desiredCount: 0, runningCount: 0 });
    // Whoever wants the service finds who has it.
    const rollback = await stage.run('roll-back-service', { service: 'api' });
    expect(rollback).toMatchObject({
      outcome: 'joined',
      acted: false,
      opening: { joinedRun: arn.split(':').at(-1) },
    });
    const record = await swap.follow(arn);
    await stubborn.stop();
    expect(record).toMatchObject({ outcome: 'undone', acted: true, error: { name: 'PreconditionFailed' } });
    expect(record.error?.message).toContain(
      'Clients stay connected to the original of main or come back at once: 1 of demo (nightly-export)',
    );
    expect(record.error?.message).toContain('nothing was renamed');
    expect(stubborn.connections()).toBeGreaterThan(1);
    expect(await operator.report(record)).not.toContain('Renames demo');
    expect(await swap.names()).toEqual(['demo', 'demo-restored']);
    await swap.expectAsBefore();
    expect(await swap.page()).toBe('UNDONE: restore-database on database/main');
  });

  it('goes on though the function that renames dies again and again', async () => {
    const before = await stage.database.names();
    const removals = [
      sandbox.addFault({ call: 'lambda:*NameInstance*', effect: 'timeout-after', occurrences: [1, 4] }),
      sandbox.addFault({ call: 'lambda:*NameInstance*', effect: 'timeout', occurrences: [3] }),
    ];
    const record = await operator.runApproved('restore-database', { mode: 'swap' });
    for (const remove of removals) remove();
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    const after = await stage.database.names();
    expect(after).toHaveLength(before.length + 1);
    expect(after.filter((name) => name === 'demo')).toHaveLength(1);
    const aside = after.find((name) => name.startsWith('demo-before-')) ?? '';
    expect(await swap.resourceOf(aside)).toBe(swap.original);
    expect(await swap.marks()).toEqual([]);
    expect(await operator.locks()).toEqual([]);
    await swap.serves();
  });

  it('has used every permission but those for what did not happen', () => {
    expect(unusedPermissions(sandbox, ROLES, NOT_TODAY)).toEqual([]);
  });

  /** A client that Nightshift does not know of, and that connects anew as often as it is cut off. */
  async function comeBack() {
    const { host, port } = sandbox.machine.engines.describeDatabase('demo');
    const password = await demoPassword(sandbox);
    let stopped = false;
    let connections = 0;
    let current: pg.Client | undefined;
    const connect = async (): Promise<void> => {
      const client = new pg.Client({
        host,
        port,
        database: 'demo',
        user: 'demo',
        password,
        application_name: 'nightly-export',
        ssl: { rejectUnauthorized: false },
      });
      current = client;
      client.on('error', () => {});
      client.on('end', () => {
        if (!stopped) void connect().catch(() => {});
      });
      await client.connect();
      connections += 1;
    };
    await connect();
    return {
      connections: () => connections,
      stop: async () => {
        stopped = true;
        await current?.end();
      },
    };
  }
});
