import { CreateDBSnapshotCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as awaitInstance } from '../../../functions/rds/await-instance.ts';
import { handler as awaitSnapshot } from '../../../functions/rds/await-snapshot.ts';
import { handler as resume } from '../../../functions/wait/resume-waiting-run.ts';
import { startRds } from '../../sandbox/services/rds/start-rds.ts';
import { aRun, context, startWaiting, target } from '../wait/waiting.ts';

// The sandbox's two machines have keys of their own.
vi.mock('../../../functions/rds/client.ts', () => ({ rds: () => database.rds }));

let waiting: Awaited<ReturnType<typeof startWaiting>>;
let database: Awaited<ReturnType<typeof startRds>>;
beforeAll(async () => {
  waiting = await startWaiting();
  database = await startRds();
  await database.createDatabase('shop');
}, 60_000);
afterAll(async () => {
  await database.stop();
  await waiting.close();
});

/** Waits in a state of its own for what a step awaits. */
async function begin(step: typeof awaitInstance, awaited: Record<string, string>) {
  const { taskToken, outcome } = await waiting.waitingState();
  const input = { run: aRun(), lock: null, target, taskToken, awaited };
  return { answer: await step(input, context), outcome };
}
const since = () => new Date(database.machine.clock.now()).toISOString();
/** Delivers every event that RDS has sent, some of them again. */
const deliver = async () => {
  for (const { detailType, resources, detail } of database.events)
    await resume({ 'detail-type': detailType, resources: [...(resources ?? [])], detail }, context);
};

describe('the wait', () => {
  it('for an instance that is available already ends at once', async () => {
    const { DbiResourceId: resourceId = '', Endpoint } = await database.available('shop');
    const { answer, outcome } = await begin(awaitInstance, {
      identifier: 'shop',
      resourceId,
      since: since(),
    });
    expect(answer).toEqual({ parked: false });
    expect((await outcome()).parsed).toMatchObject({
      identifier: 'shop',
      resourceId,
      host: Endpoint?.Address,
      port: Endpoint?.Port,
    });
  });

  it('for a snapshot ends with its event', async () => {
    const asked = since();
    await database.rds.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'nightly' }),
    );
    const { answer, outcome } = await begin(awaitSnapshot, { identifier: 'nightly', since: asked });
    expect(answer).toEqual({ parked: true });
    const { DBSnapshotArn, SnapshotCreateTime } = await database.snapshotAvailable('nightly');
    await deliver();
    expect((await outcome()).parsed).toMatchObject({
      identifier: 'nightly',
      arn: DBSnapshotArn,
      takenAt: SnapshotCreateTime?.toISOString(),
    });
  });

  it('for an instance under its new name ends when it has it', async () => {
    const { DbiResourceId: resourceId = '' } = await database.available('shop');
    const asked = since();
    await database.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop',
        NewDBInstanceIdentifier: 'shop-before',
        ApplyImmediately: true,
      }),
    );
    const { answer, outcome } = await begin(awaitInstance, {
      identifier: 'shop-before',
      resourceId,
      since: asked,
    });
    expect(answer).toEqual({ parked: true });
    await database.available('shop-before');
    await deliver();
    expect((await outcome()).parsed).toMatchObject({ identifier: 'shop-before', resourceId });
  });
});
