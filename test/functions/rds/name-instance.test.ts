import {
  AddTagsToResourceCommand,
  type DBInstance,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../functions/rds/name-instance.ts';
import { readAction } from '../../../functions/run/action-record.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { Tag } from '../../../schemas/names.ts';
import { CONTEXT, planOf, startActing } from '../../support/acting-run.ts';

/** Two instances on one day: each test goes on where the last one ended. */
describe('naming the instances of a swap', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let rds: RDSClient;
  let ids: Record<'shop' | 'shop-restored', string>;
  const ended: Array<() => void> = [];

  beforeAll(async () => {
    world = await startActing([createRdsService]);
    rds = new RDSClient(world.client);
    await instance('shop');
    await instance('shop-restored');
    const [shop, restored] = await Promise.all([available('shop'), available('shop-restored')]);
    ids = { shop: shop.DbiResourceId as string, 'shop-restored': restored.DbiResourceId as string };
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
  });
  afterAll(async () => {
    rds?.destroy();
    await world?.stop();
  });

  const instance = (identifier: string) =>
    world.create(
      'AWS::RDS::DBInstance',
      {
        DBInstanceIdentifier: identifier,
        Engine: 'postgres',
        EngineVersion: '17.5',
        DBInstanceClass: 'db.t4g.micro',
        AllocatedStorage: '20',
        MasterUsername: 'master',
        MasterUserPassword: 'correct-horse',
        BackupRetentionPeriod: 0,
      },
      identifier,
    );
  const all = async () => (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
  async function available(identifier: string): Promise<DBInstance> {
    return vi.waitFor(
      async () => {
        const found = (await all()).find((one) => one.DBInstanceIdentifier === identifier);
        if (found?.DBInstanceStatus !== 'available')
          throw new Error(`${identifier}: ${found?.DBInstanceStatus}`);
        return found;
      },
      { timeout: 40_000, interval: 50 },
    );
  }
  /** Who has which name. */
  const names = async () =>
    Object.fromEntries(
      (await all()).map(({ DBInstanceIdentifier = '', DbiResourceId }) => [
        DBInstanceIdentifier,
        DbiResourceId === ids.shop
          ? 'original'
          : DbiResourceId === ids['shop-restored']
            ? 'restored'
            : 'other',
      ]),
    );
  const fault = (...rule: Parameters<typeof world.fault>) => ended.push(world.fault(...rule));
  const states = {
    'rename-original': { which: 'original', name: 'aside' },
    'rename-restored': { which: 'restored', name: 'declared' },
    'rename-restored-back': { which: 'restored', name: 'beside', undo: true },
    'rename-original-back': { which: 'original', name: 'declared', undo: true },
  } as const;
  const plan = () =>
    planOf({
      names: {
        original: { identifier: 'shop', resourceId: ids.shop },
        restored: { identifier: 'shop-restored', resourceId: ids['shop-restored'] },
        aside: 'shop-before',
      },
    });
  const target = {
    kind: 'database',
    name: 'main',
    instance: 'Shop',
    host: 'localhost',
    port: 5432,
    database: 'postgres',
    secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
    migrations: 'none',
  };
  type Began = Awaited<ReturnType<typeof world.beginRun>>;
  const enter = (began: Began, state: keyof typeof states, change: object = {}) =>
    handler({ ...began, target, plan: plan(), ...states[state], ...change }, CONTEXT);

  it('does nothing where nothing is to be undone', async () => {
    const began = await world.beginRun('run-0');
    expect(await enter(began, 'rename-restored-back')).toMatchObject({
      identifier: 'shop-restored',
      nothing: true,
    });
    expect(await enter(began, 'rename-original-back')).toMatchObject({ identifier: 'shop', nothing: true });
    const without = { plan: planOf({}) };
    expect(await enter(began, 'rename-original-back', without)).toMatchObject({ identifier: 'shop' });
    expect((await readRecord('run-0'))?.acted).toBe(false);
    // The restored one was never made: whoever waits gets the original.
    const never = planOf({
      names: {
        original: { identifier: 'shop', resourceId: ids.shop },
        restored: { identifier: 'shop-never', resourceId: null },
        aside: 'shop-before',
      },
    });
    expect(await enter(began, 'rename-restored-back', { plan: never })).toMatchObject({
      identifier: 'shop',
      resourceId: ids.shop,
      nothing: true,
    });
    await expect(enter(began, 'rename-original', { plan: never })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('no instance to take its place'),
    });
  });

  it('renames nothing with the switch off', async () => {
    const began = await world.beginRun('run-off');
    await world.turnSwitch('off');
    await expect(enter(began, 'rename-original')).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect(await names()).toEqual({ shop: 'original', 'shop-restored': 'restored' });
    expect((await available('shop')).TagList).toEqual([]);
  });

  it('asks once for a rename that took effect without an answer, and marks both instances before it', async () => {
    const began = await world.beginRun('run-1');
    fault('rds:ModifyDBInstance', 'timeout-after', [1]);
    const asked = await enter(began, 'rename-original');
    expect(asked).toMatchObject({ identifier: 'shop-before', resourceId: ids.shop });
    // Lambda may run the step again while the rename goes on.
    expect(await enter(began, 'rename-original')).toEqual(asked);
    const renamed = await available('shop-before');
    expect(renamed.DbiResourceId).toBe(ids.shop);
    expect(await enter(began, 'rename-original')).toEqual(asked);
    const marks = (await all()).map(({ TagList }) => TagList);
    expect(marks).toEqual(Array(2).fill([{ Key: Tag.swap, Value: 'run-1' }]));
    const actions = (await readAuditLog('run-1')).filter(({ kind }) => kind === 'action');
    expect(actions).toHaveLength(1);
    expect(await readRecord('run-1')).toMatchObject({ acted: true });
  });

  it('goes on in another run after the function died between the two renames', async () => {
    // The first run knew that it wanted the second rename, and no more.
    expect(await names()).toEqual({ 'shop-before': 'original', 'shop-restored': 'restored' });
    const began = await world.beginRun('run-2');
    expect(await enter(began, 'rename-original')).toMatchObject({ identifier: 'shop-before' });
    fault('rds:ModifyDBInstance', 'throttle', [1, 2, 3]);
    await expect(enter(began, 'rename-restored')).rejects.toMatchObject({ name: 'Transient' });
    expect(await readAction('run-2', 'rename-restored-declared')).toMatchObject({ status: 'intended' });
    expect(await enter(began, 'rename-restored')).toMatchObject({
      identifier: 'shop',
      resourceId: ids['shop-restored'],
    });
    await available('shop');
    expect(await names()).toEqual({ shop: 'restored', 'shop-before': 'original' });
    // The run that began it is still known.
    expect((await available('shop')).TagList).toEqual([{ Key: Tag.swap, Value: 'run-1' }]);
  });

  it('goes back in the other order, with the switch off, and then forgets the swap', async () => {
    const began = await world.beginRun('run-3');
    await world.turnSwitch('off');
    await expect(enter(began, 'rename-original-back')).rejects.toMatchObject({
      name: 'NeedsHuman',
      message: expect.stringContaining(`rename the instance with the id ${ids.shop}`),
    });
    expect(await enter(began, 'rename-restored-back')).toMatchObject({ identifier: 'shop-restored' });
    // Not before the name is free, which on a slow machine it may be by now.
    const early = await enter(began, 'rename-original-back').catch((error: unknown) => error);
    if (early instanceof Error)
      expect(early).toMatchObject({
        name: 'Transient',
        message: expect.stringContaining('has not given the name up yet'),
      });
    await available('shop-restored');
    expect(await enter(began, 'rename-original-back')).toMatchObject({ identifier: 'shop' });
    await available('shop');
    expect(await names()).toEqual({ shop: 'original', 'shop-restored': 'restored' });
    expect(await enter(began, 'rename-original-back')).toMatchObject({ identifier: 'shop', nothing: true });
    expect((await all()).map(({ TagList }) => TagList)).toEqual([[], []]);
    await world.turnSwitch('on');
  });

  it('waits for an instance that is busy', async () => {
    const began = await world.beginRun('run-4');
    await rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop',
        MasterUserPassword: 'another-horse',
        ApplyImmediately: true,
      }),
    );
    await expect(enter(began, 'rename-original')).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('tried again'),
    });
    await available('shop');
  });

  it('refuses a name that a stranger has, and says who', async () => {
    const began = await world.beginRun('run-5');
    await instance('shop-before');
    const stranger = (await available('shop-before')).DbiResourceId;
    await expect(enter(began, 'rename-original')).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(`shop-before (${stranger}, available) has the name shop-before`),
    });
    expect(await names()).toMatchObject({ shop: 'original' });
  });

  it('knows a restored instance by the tag of its run when the plan was made before it', async () => {
    const began = await world.beginRun('run-6');
    const { DBInstanceArn } = await available('shop-restored');
    await rds.send(
      new AddTagsToResourceCommand({
        ResourceName: DBInstanceArn,
        Tags: [{ Key: Tag.run, Value: 'run-6' }],
      }),
    );
    const early = planOf({
      names: {
        original: { identifier: 'shop', resourceId: ids.shop },
        restored: { identifier: 'shop-restored', resourceId: null },
        aside: 'shop-aside',
      },
    });
    await enter(began, 'rename-original', { plan: early });
    await available('shop-aside');
    expect(await enter(began, 'rename-restored', { plan: early })).toMatchObject({
      identifier: 'shop',
      resourceId: ids['shop-restored'],
    });
    await available('shop');
  });
});
