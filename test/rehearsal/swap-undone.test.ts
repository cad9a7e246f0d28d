import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import type { DatabaseOperator } from '../support/database-operator.ts';
import { SwapStage } from '../support/swap-stage.ts';

/** Swaps that do not come to their end: each test goes on where the last one ended. */
describe('a swap', { timeout: 180_000 }, () => {
  let swap: SwapStage;
  let stage: Stage;
  let sandbox: Sandbox;
  let operator: DatabaseOperator;

  beforeAll(async () => {
    swap = await SwapStage.open(250);
    ({ stage, sandbox, operator } = swap);
  }, 180_000);
  afterAll(() => swap?.close());

  it('is undone where the restored instance cannot get the name', async () => {
    const before = await stage.database.names();
    const remove = sandbox.addFault({ call: 'rds-lifecycle:rename', effect: 'fail', occurrences: [2] });
    const record = await operator.runApproved('restore-database', { mode: 'swap' });
    remove();
    expect(record).toMatchObject({ outcome: 'undone', acted: true, error: { name: 'VerificationFailed' } });
    expect(record.error?.message).toContain('RDS knows no instance demo');
    expect(await stage.database.names()).toHaveLength(before.length + 1);
    expect(await swap.names()).toEqual(['demo', 'demo-restored']);
    await swap.expectAsBefore();
    expect(await swap.page()).toBe('UNDONE: restore-database on database/main');
  });

  it('that is stopped after the services were says so, and is undone when asked', async () => {
    const arn = await swap.beginApproved();
    await swap.entered(arn, 'end-sessions');
    await stage.clients.states.send(new StopExecutionCommand({ executionArn: arn, cause: 'I take over' }));
    const died = await swap.follow(arn);
    expect(died).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'Aborted' } });
    expect(died.error?.message).toContain('Services that use it are stopped: api.');
    expect(await operator.report(died)).toContain('Services that use it are stopped: api.');
    expect(await stage.team.service()).toMatchObject({ desiredCount: 0 });
    expect(await swap.marks()).toEqual([died.run.id, died.run.id]);
    expect(await operator.locks()).toEqual([]);

    const told = await operator.run('restore-database');
    expect(told).toMatchObject({ outcome: 'refused', acted: false });
    expect(told.error?.message).toContain(`The run ${died.run.id} left a swap of main half-way`);

    const undo = await operator.runApproved('restore-database', { unfinished: 'undo' });
    expect(undo).toMatchObject({ outcome: 'verified', acted: true });
    await swap.expectAsBefore();
  });

  it('says what to do where RDS neither gives the name nor lets it be taken back', async () => {
    const before = await stage.database.names();
    const remove = sandbox.addFault({ call: 'rds-lifecycle:rename', effect: 'hang', occurrences: [2] });
    const record = await operator.runApproved('restore-database', { mode: 'swap' });
    remove();
    expect(record).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'VerificationFailed' } });
    const { message = '' } = record.error ?? {};
    expect(message).toMatch(/^RDS knows no instance demo, 15 minutes after it was asked for\./);
    expect(message).toMatch(/Going back did not succeed either: The restored instance did not get the name/);
    expect(message).toContain('It was tried again in vain.');
    expect(message).toContain('the name demo belongs to nobody');
    expect(message).toContain('Services that use it are stopped: api. Start the runbook again');
    expect(await operator.report(record)).toContain(message);
    expect(await swap.page()).toBe('FAILED: restore-database on database/main');
    expect(await operator.locks()).toEqual([]);
    // Nobody has the name, and the next run knows how to get there.
    expect(await stage.database.names()).toHaveLength(before.length + 1);
    expect(await stage.database.names()).not.toContain('demo');
    const told = await operator.run('restore-database');
    expect(told).toMatchObject({ outcome: 'refused', acted: false });
    expect(told.error?.message).toContain(`The run ${record.run.id} left a swap of main half-way`);
  });
});
