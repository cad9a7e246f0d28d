import { AddTagsToResourceCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as deleteScratch } from '../../../functions/rds/delete-scratch.ts';
import { handler as sweepLeftovers } from '../../../functions/rds/sweep-leftovers.ts';
import { createRecord, updateRecord } from '../../../functions/run/run-record.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { createSnsService } from '../../../sandbox/services/sns/sns-service.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** The copies that runs make: a drill's own end, and what the sweeper finds of dead ones. */
describe('scratch instances', { timeout: 120_000 }, () => {
  let services: Awaited<ReturnType<typeof startServices>>;
  let rds: RDSClient;

  beforeAll(async () => {
    const bus = (machine: Machine): Service => {
      machine.engines.putEvent = () => {};
      return { name: 'bus', apis: [], providers: [], close() {} };
    };
    services = await startServices([bus, createSnsService, createDynamoDbService, createRdsService], {
      speed: 300,
    });
    pointFunctionsAt(services);
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
    vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'nightshift');
    const topic = await services.create('AWS::SNS::Topic', {}, 'Notices');
    vi.stubEnv('NIGHTSHIFT_NOTICE_TOPIC', topic.ref);
    rds = new RDSClient(services.client);
    await instance('main', {});
  });
  afterAll(async () => {
    await services?.close();
    vi.unstubAllEnvs();
  });

  async function instance(
    identifier: string,
    tags: Record<string, string>,
    properties: object = {},
  ): Promise<void> {
    await services.create(
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
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        ...properties,
      },
      identifier,
    );
  }
  const names = async () =>
    ((await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? []).map(
      ({ DBInstanceIdentifier = '', DBInstanceStatus = '' }) =>
        [DBInstanceIdentifier, DBInstanceStatus] as const,
    );
  const remaining = async () =>
    (await names()).filter(([, status]) => status !== 'deleting').map(([name]) => name);
  const ours = (run: string, change: Record<string, string> = {}) => ({
    [OWNER_TAG]: 'nightshift',
    [Tag.purpose]: 'drill',
    [Tag.run]: run,
    [Tag.expiresAt]: LONG_AGO,
    ...change,
  });
  const run = (id: string) => ({
    id,
    arn: `arn:aws:states:us-east-1:123456789012:execution:drill:${id}`,
    runbook: 'restore-drill',
    startedAt: '2026-11-21T02:00:00.000Z',
    dryRun: false,
    trigger: { kind: 'schedule' as const },
  });
  const remove = (id: string, identifier: string) =>
    deleteScratch(
      {
        run: run(id),
        target: {
          kind: 'database',
          name: 'main',
          instance: 'main',
          host: 'localhost',
          port: 5432,
          database: 'postgres',
          secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
          migrations: 'none',
        },
        plan: { observed: { names: { restored: { identifier } } } },
      },
      LAMBDA_CONTEXT,
    );

  it('are deleted by their own drill, deletion protection or not, and once is enough', async () => {
    await instance('main-drill-1', ours('drill-1'), { DeletionProtection: true });
    expect(await remove('drill-1', 'main-drill-1')).toEqual({ deleted: 'main-drill-1' });
    expect(await remaining()).toEqual(['main']);
    await remove('drill-1', 'main-drill-1');
    await expect.poll(async () => (await names()).length, { timeout: 30_000 }).toBe(1);
    expect(await remove('drill-1', 'main-drill-1')).toEqual({ deleted: null });
  });

  it.each([
    ['the production instance', 'main', {}],
    ['the scratch of another drill', 'main-drill-2', ours('drill-2')],
    ['the scratch of another deployment', 'main-drill-3', ours('drill-x', { [OWNER_TAG]: 'other' })],
    ['a restore that somebody may use', 'main-restored-4', ours('drill-x', { [Tag.purpose]: 'restore' })],
  ])('never are %s', async (_, identifier, tags) => {
    if (identifier !== 'main') await instance(identifier, tags);
    await expect(remove('drill-x', identifier)).rejects.toMatchObject({
      name: 'NeedsHuman',
      message: expect.stringContaining('was not deleted'),
    });
    expect(await remaining()).toContain(identifier);
  });

  it('are swept once the run that made them has ended, and nothing else is', async () => {
    await createRecord({
      run: run('going-on'),
      target: 'database/main',
      phase: 'act',
      acted: true,
      checks: [],
      joined: 0,
    });
    await instance('main-drill-5', ours('going-on'));
    await instance('main-drill-6', ours('gone', { [Tag.expiresAt]: '2999-01-01T00:00:00.000Z' }));
    expect(await sweepLeftovers({}, LAMBDA_CONTEXT)).toEqual({
      // Of a dead run; its record is gone or closed.
      deleted: ['main-drill-2', 'main-restored-4'],
      failed: [],
    });
    expect((await remaining()).sort()).toEqual(['main', 'main-drill-3', 'main-drill-5', 'main-drill-6']);

    await updateRecord('going-on', { closedAt: '2026-11-21T03:00:00.000Z' });
    expect(await sweepLeftovers({}, LAMBDA_CONTEXT)).toMatchObject({ deleted: ['main-drill-5'] });
  });

  it('that cannot be deleted now do not keep the others', async () => {
    await instance('main-drill-7', ours('gone'));
    await instance('main-drill-8', ours('gone'));
    const removeFault = services.machine.faults.add({
      call: 'rds:DeleteDBInstance',
      effect: 'error:InvalidDBInstanceState',
      occurrences: [1],
    });
    expect(await sweepLeftovers({}, LAMBDA_CONTEXT)).toEqual({
      deleted: ['main-drill-8'],
      failed: ['main-drill-7'],
    });
    removeFault();
    expect(await sweepLeftovers({}, LAMBDA_CONTEXT)).toMatchObject({ deleted: ['main-drill-7'] });
  });

  it('lose their time to go when somebody decides to keep one', async () => {
    await instance('main-restored-9', ours('gone', { [Tag.purpose]: 'restore' }));
    await rds.send(
      new AddTagsToResourceCommand({
        ResourceName: 'arn:aws:rds:us-east-1:123456789012:db:main-restored-9',
        Tags: [{ Key: OWNER_TAG, Value: '' }],
      }),
    );
    expect(await sweepLeftovers({}, LAMBDA_CONTEXT)).toEqual({ deleted: [], failed: [] });
  });
});
