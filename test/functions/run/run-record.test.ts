import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dynamodb } from '../../../functions/run/documents.ts';
import {
  claimClosing,
  claimEvent,
  createRecord,
  readRecord,
  recentRuns,
  TARGET_INDEX,
  updateRecord,
} from '../../../functions/run/run-record.ts';
import type { RunRecord } from '../../../schemas/run.ts';
import { startDynalite } from '../../support/dynalite.ts';

let server: Awaited<ReturnType<typeof startDynalite>>;

beforeAll(async () => {
  server = await startDynalite();
  vi.stubEnv('NIGHTSHIFT_RUN_TABLE', 'runs');
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  await dynamodb().send(
    new CreateTableCommand({
      TableName: 'runs',
      KeySchema: [key('id', 'HASH'), key('sort', 'RANGE')],
      AttributeDefinitions: ['id', 'sort', 'target', 'startedAt'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: TARGET_INDEX,
          KeySchema: [key('target', 'HASH'), key('startedAt', 'RANGE')],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});

afterAll(() => {
  dynamodb().destroy();
  server.close();
  vi.unstubAllEnvs();
});

const record = (
  id: string,
  others: Partial<RunRecord> = {},
  startedAt = '2026-11-21T03:00:00Z',
): RunRecord => ({
  run: {
    id,
    arn: `arn:aws:states:us-east-1:123456789012:execution:rollback:${id}`,
    runbook: 'roll-back-service',
    startedAt,
    dryRun: false,
    trigger: { kind: 'person' },
  },
  target: `service/${id}`,
  phase: 'open',
  acted: false,
  checks: [],
  joined: 0,
  ...others,
});

describe('the record of a run', () => {
  it('is read as it was written', async () => {
    const written = record('written', {
      checks: [{ name: 'readiness', passed: true, measured: '0 %', at: '2026-11-21T03:01:00Z' }],
    });
    await createRecord(written);
    expect(await readRecord('written')).toEqual(written);
  });

  it('is not there for a run that nobody knows', async () => {
    expect(await readRecord('unknown')).toBeUndefined();
  });

  it('stays as it is when it is created again', async () => {
    await createRecord(record('twice', { acted: true }));
    await createRecord(record('twice', { acted: false }));
    expect((await readRecord('twice'))?.acted).toBe(true);
  });

  it('keeps what an update does not name', async () => {
    await createRecord(record('updated', { joined: 3 }));
    await updateRecord('updated', { phase: 'act', acted: true });
    expect(await readRecord('updated')).toEqual(record('updated', { joined: 3, phase: 'act', acted: true }));
  });

  it.each<[string, Partial<RunRecord>]>([
    ['nothing', {}],
    ['undefined', { quiet: undefined } as object],
  ])('is not touched by an update of %s', async (_, members) => {
    await createRecord(record('same', { quiet: true }));
    await updateRecord('same', members);
    expect(await readRecord('same')).toEqual(record('same', { quiet: true }));
  });

  it('is closed by one of those who try at once, and the first time stays', async () => {
    await createRecord(record('closing'));
    const times = ['2026-11-21T03:05:00Z', '2026-11-21T03:06:00Z', '2026-11-21T03:07:00Z'];
    const first = await Promise.all(times.map((at) => claimClosing('closing', at)));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect((await readRecord('closing'))?.closedAt).toBe(times[first.indexOf(true)]);
  });
});

describe('recentRuns', () => {
  it('gives the runs on a target after an instant, newest first', async () => {
    const on = (id: string, target: string, at: string) => createRecord(record(id, { target }, at));
    await on('old', 'service/shop', '2026-11-21T00:00:00.000Z');
    await on('middle', 'service/shop', '2026-11-21T01:00:00.000Z');
    await on('new', 'service/shop', '2026-11-21T02:00:00.000Z');
    await on('other', 'service/mail', '2026-11-21T02:00:00.000Z');
    const found = await recentRuns('service/shop', new Date('2026-11-21T00:00:00Z'));
    expect(found.map((entry) => entry.run.id)).toEqual(['new', 'middle']);
  });
});

describe('claimEvent', () => {
  it('gives an event to the first run, however often that run asks', async () => {
    expect(await claimEvent('first', 'one')).toBeUndefined();
    expect(await claimEvent('first', 'one')).toBeUndefined();
  });

  it('tells any other run who has it', async () => {
    await claimEvent('taken', 'one');
    expect(await claimEvent('taken', 'two')).toBe('one');
  });

  it('gives an event to one of those who ask at once', async () => {
    const runs = ['one', 'two', 'three'];
    const answers = await Promise.all(runs.map((run) => claimEvent('contested', run)));
    const winner = runs[answers.indexOf(undefined)];
    expect(answers.filter((answer) => answer !== undefined)).toEqual([winner, winner]);
  });
});
