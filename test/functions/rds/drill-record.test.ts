import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Drill, keepDrill, readDrills, watchedSince } from '../../../functions/rds/drill-record.ts';
import { handler as recordDrill } from '../../../functions/rds/record-drill.ts';
import { dynamodb } from '../../../functions/run/documents.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

const drill = (at: string, change: Partial<Drill> = {}): Drill => ({
  at,
  run: `run-${at}`,
  passed: true,
  recoverySeconds: 600,
  recoveryPointSeconds: 3600,
  ...change,
});

describe('the trend of drills', () => {
  let services: Awaited<ReturnType<typeof startServices>>;

  beforeAll(async () => {
    services = await startServices([createDynamoDbService]);
    pointFunctionsAt(services);
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
  });
  afterAll(async () => {
    dynamodb().destroy();
    await services?.close();
    vi.unstubAllEnvs();
  });

  it('is empty at first, and has a day to count from all the same', async () => {
    expect(await readDrills('main', 5)).toEqual([]);
    expect(await watchedSince('main', '2026-01-01T00:00:00.000Z')).toBe('2026-01-01T00:00:00.000Z');
    expect(await watchedSince('main', '2026-06-01T00:00:00.000Z')).toBe('2026-01-01T00:00:00.000Z');
    expect(await readDrills('main', 5)).toEqual([]);
  });

  it('is told newest first, by database', async () => {
    await keepDrill('main', drill('2026-02-01T00:00:00.000Z'));
    await keepDrill('main', drill('2026-05-01T00:00:00.000Z', { passed: false }));
    await keepDrill('other', drill('2026-06-01T00:00:00.000Z'));
    expect((await readDrills('main', 5)).map(({ at, passed }) => [at, passed])).toEqual([
      ['2026-05-01T00:00:00.000Z', false],
      ['2026-02-01T00:00:00.000Z', true],
    ]);
    expect(await readDrills('main', 1)).toHaveLength(1);
  });

  const record = (id: string, proofPassed: boolean, objectiveSeconds?: number) =>
    recordDrill(
      {
        run: {
          id,
          arn: `arn:aws:states:us-east-1:123456789012:execution:drill:${id}`,
          runbook: 'restore-drill',
          startedAt: '2026-11-21T02:00:00.000Z',
          dryRun: false,
          trigger: { kind: 'schedule' },
        },
        target: {
          kind: 'database',
          name: 'shop',
          instance: 'shop',
          host: 'localhost',
          port: 5432,
          database: 'postgres',
          secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
          migrations: 'none',
          restore: {
            timeoutSeconds: 7200,
            acceptableLossSeconds: 3600,
            drillDays: 100,
            ...(objectiveSeconds === undefined ? {} : { recoveryTimeObjectiveSeconds: objectiveSeconds }),
          },
        },
        recoveryPoint: {
          kind: 'snapshot',
          snapshot: 'nightshift-shop-1',
          snapshotArn: 'arn:aws:rds:us-east-1:123456789012:snapshot:nightshift-shop-1',
          at: '2026-11-21T01:00:00.000Z',
          manifest: null,
          warnings: [],
        },
        proof: {
          passed: proofPassed,
          checks: [
            { name: 'rows', passed: proofPassed, measured: 'as then', at: '2026-11-21T02:12:30.000Z' },
          ],
        },
      },
      LAMBDA_CONTEXT,
    );

  it('gets what a drill has measured: to the last look of its proof, from its recovery point', async () => {
    const evidence = await record('run-1', true);
    expect(evidence).toMatchObject({
      passed: true,
      checks: [
        { name: 'recovery time', measured: '12 min 30 s; the first drill' },
        { name: 'recovery point', measured: '1 h; the first drill' },
      ],
    });
    expect(await readDrills('shop', 5)).toEqual([
      {
        at: '2026-11-21T02:12:30.000Z',
        run: 'run-1',
        passed: true,
        recoverySeconds: 750,
        recoveryPointSeconds: 3600,
      },
    ]);
  });

  it('has a drill once, also if the step is run twice', async () => {
    const again = await record('run-1', true);
    expect(again).toMatchObject({ checks: [{ measured: '12 min 30 s; the first drill' }, {}] });
    expect(await readDrills('shop', 5)).toHaveLength(1);
  });

  it('does not count a drill whose proof failed as one that passed', async () => {
    await record('run-2', false);
    expect((await readDrills('shop', 5)).find(({ run }) => run === 'run-2')).toMatchObject({ passed: false });
  });

  it('does not count a drill that missed its objective', async () => {
    expect(await record('run-3', true, 600)).toMatchObject({ passed: false });
    expect((await readDrills('shop', 5)).find(({ run }) => run === 'run-3')).toMatchObject({ passed: false });
  });
});
