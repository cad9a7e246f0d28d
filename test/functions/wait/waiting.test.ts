import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { dynamodb, toItem } from '../../../functions/run/documents.ts';
import { acquireLock, readLock } from '../../../functions/run/lock.ts';
import { beginWaiting } from '../../../functions/wait/begin-waiting.ts';
import { allParked, parkedFor } from '../../../functions/wait/parked.ts';
import { handler as resumeHandler } from '../../../functions/wait/resume-waiting-run.ts';
import { handler as sweepHandler } from '../../../functions/wait/sweep-waiting-runs.ts';
import type { Verdict } from '../../../functions/wait/verdict.ts';
import { aRun, context, startWaiting, target } from './waiting.ts';

/** What every look sees; the looks themselves have tests of their own. */
let verdict: Verdict | Error;
const look = async () => {
  if (verdict instanceof Error) throw verdict;
  return verdict;
};
vi.mock('../../../functions/wait/looks.ts', () => ({ lookAtAny: () => look() }));

let waiting: Awaited<ReturnType<typeof startWaiting>>;
beforeAll(async () => {
  waiting = await startWaiting();
});
afterAll(() => waiting.close());

const WAITING: Verdict = { state: 'waiting', seen: 'RDS says that it is modifying' };
const DONE: Verdict = {
  state: 'done',
  output: { identifier: 'shop' },
  summary: 'The instance shop is available',
};
const tools = { step: 'await-consumers', phase: 'act' as const, signal: new AbortController().signal };
const consumer = (name: string) => ({
  name,
  cluster: 'main',
  service: name,
  running: 0,
  taskDefinition: null,
});
const services = [consumer('api'), consumer('worker')];

const sweep = () => sweepHandler({}, context) as Promise<{ waiting: number; answered: number }>;
const eventOf = (service: string) => ({
  'detail-type': 'ECS Service Action',
  resources: [`arn:aws:ecs:us-east-1:123456789012:service/main/${service}`],
  detail: { eventName: 'SERVICE_STEADY_STATE' },
});
const resume = (service: string) => resumeHandler(eventOf(service), context) as Promise<{ answered: number }>;
const sentences = async (run: { id: string }) => (await readAuditLog(run.id)).map(({ summary }) => summary);

async function begin(more: { waitSeconds?: number; state?: string; run?: ReturnType<typeof aRun> } = {}) {
  const { waitSeconds = 1800, state = 'await-stopped-consumers', run = aRun() } = more;
  const acquired = await acquireLock(`database/${run.id}`, run, 60);
  if (!acquired.held) throw new Error('the lock is taken');
  const { taskToken, outcome } = await waiting.waitingState();
  const input = {
    run,
    lock: acquired.lock,
    target: { ...target, observeSeconds: 0 },
    taskToken,
    waitSeconds,
    state,
  };
  const answer = await beginWaiting(input as never, tools, { kind: 'consumers', services }, look);
  return { run, lock: acquired.lock, outcome, answer };
}

beforeEach(() => {
  verdict = WAITING;
});
afterEach(async () => {
  verdict = DONE;
  vi.useRealTimers();
  await sweep();
  expect(await allParked()).toEqual([]);
});

describe('a wait', () => {
  it('is over at once when what it is for has come already', async () => {
    verdict = DONE;
    const { answer, outcome, run } = await begin();
    expect(answer).toEqual({ parked: false });
    expect((await outcome()).parsed).toEqual({ identifier: 'shop' });
    expect(await allParked()).toEqual([]);
    expect(await sentences(run)).toEqual(['The instance shop is available; learnt from the first look.']);
  });

  it('goes on until it has come, under the name of its state', async () => {
    const { answer, run } = await begin();
    expect(answer).toEqual({ parked: true });
    expect(await readAuditLog(run.id)).toMatchObject([
      {
        step: 'await-stopped-consumers',
        kind: 'wait',
        summary: 'Waits for api to stop, worker to stop: RDS says that it is modifying.',
      },
    ]);
  });

  it.each(['api', 'worker'])(
    'for several services is found by an event of %s, and then by none',
    async (name) => {
      const { outcome, run } = await begin();
      expect(await parkedFor('ecs-service/main/api')).toHaveLength(1);
      expect(await resume(name)).toEqual({ answered: 0 });
      verdict = DONE;
      expect(await resume(name)).toEqual({ answered: 1 });
      expect((await outcome()).status).toBe('SUCCEEDED');
      expect(await parkedFor('ecs-service/main/api')).toEqual([]);
      expect(await parkedFor('ecs-service/main/worker')).toEqual([]);
      expect(await resume('api')).toEqual({ answered: 0 });
      expect((await sentences(run)).at(-1)).toBe(
        'The instance shop is available; learnt from the event SERVICE_STEADY_STATE.',
      );
    },
  );

  it('is answered once when two events come at the same time', async () => {
    const { outcome, run } = await begin();
    verdict = DONE;
    await Promise.all([resume('api'), resume('worker'), sweep()]);
    expect((await outcome()).status).toBe('SUCCEEDED');
    expect((await sentences(run)).filter((sentence) => sentence.includes('learnt from'))).toHaveLength(1);
  });

  it('ends in failure with a cause without secrets', async () => {
    const { outcome } = await begin();
    verdict = { state: 'failed', error: 'VerificationFailed', cause: 'It is failed: password=hunter2.' };
    await resume('api');
    const { status, error, cause } = await outcome();
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'VerificationFailed',
      cause: 'It is failed: password=***',
    });
  });

  it('whose state was tried again keeps its new token when the old one is answered', async () => {
    const run = aRun();
    await begin({ run });
    const [old] = await parkedFor('ecs-service/main/api');
    const second = await begin({ run });
    const { unpark } = await import('../../../functions/wait/parked.ts');
    await unpark(old as never);
    verdict = DONE;
    expect(await resume('worker')).toEqual({ answered: 1 });
    expect((await second.outcome()).status).toBe('SUCCEEDED');
  });

  it('keeps apart the states of one run', async () => {
    const run = aRun();
    const first = await begin({ run, state: 'await-stopped-consumers' });
    const second = await begin({ run, state: 'await-started-consumers' });
    verdict = DONE;
    expect(await resume('api')).toEqual({ answered: 2 });
    expect((await first.outcome()).status).toBe('SUCCEEDED');
    expect((await second.outcome()).status).toBe('SUCCEEDED');
  });
});

describe('the sweep', () => {
  it('finds what an event missed', async () => {
    const { outcome } = await begin();
    expect(await sweep()).toEqual({ waiting: 1, answered: 0 });
    verdict = DONE;
    expect(await sweep()).toEqual({ waiting: 0, answered: 1 });
    expect((await outcome()).status).toBe('SUCCEEDED');
  });

  it('renews the lock for as long as the wait says', async () => {
    const { lock } = await begin();
    const before = Date.now();
    await sweep();
    const { expiresAtMilliseconds = 0 } = (await readLock(lock.key)) ?? {};
    expect(expiresAtMilliseconds).toBeGreaterThanOrEqual(before + 1800 * 1000);
  });

  it('gives up when the time is over, and says what is', async () => {
    const { outcome, run } = await begin({ waitSeconds: 1800 });
    const begun = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: begun + 1370 * 1000 });
    expect(await sweep()).toEqual({ waiting: 1, answered: 0 });
    vi.setSystemTime(begun + 1381 * 1000);
    expect(await sweep()).toEqual({ waiting: 0, answered: 1 });
    vi.useRealTimers();
    const { error, cause } = await outcome();
    expect(error).toBe('VerificationFailed');
    expect(cause).toMatch(/^Waited 23 minutes for api to stop, worker to stop in vain; last seen: RDS says/);
    expect((await sentences(run)).at(-1)).toContain(
      'The wait is over without success; learnt from the sweep.',
    );
  });

  it('prefers success to giving up', async () => {
    const { outcome } = await begin({ waitSeconds: 1800 });
    verdict = DONE;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1700 * 1000 });
    await sweep();
    vi.useRealTimers();
    expect((await outcome()).status).toBe('SUCCEEDED');
  });

  it('keeps a run alive whose look fails, until its time is over', async () => {
    const { outcome, lock } = await begin({ waitSeconds: 1800 });
    verdict = Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    expect(await sweep()).toEqual({ waiting: 1, answered: 0 });
    expect((await readLock(lock.key))?.expiresAtMilliseconds).toBeGreaterThan(Date.now() + 1700 * 1000);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1700 * 1000 });
    expect(await sweep()).toEqual({ waiting: 0, answered: 1 });
    vi.useRealTimers();
    expect((await outcome()).cause).toContain('looking failed with Throttling');
  });

  it('passes over what it cannot read, and what belongs to runs that have ended', async () => {
    const { outcome } = await begin();
    await dynamodb().send(
      new PutItemCommand({
        TableName: process.env.NIGHTSHIFT_WAIT_TABLE,
        Item: toItem({ resource: 'unknown/thing', sort: 'old#state', kind: 'of-another-version' }),
      }),
    );
    const [mine] = await parkedFor('ecs-service/main/api');
    await dynamodb().send(
      new PutItemCommand({
        TableName: process.env.NIGHTSHIFT_WAIT_TABLE,
        Item: toItem({ ...mine, sort: 'ended#state', taskToken: 'nobody waits with this one' }),
      }),
    );
    expect(await sweep()).toEqual({ waiting: 1, answered: 0 });
    verdict = DONE;
    await sweep();
    expect((await outcome()).status).toBe('SUCCEEDED');
  });

  it('reads more than one page', async () => {
    const { outcome } = await begin();
    const [mine] = await parkedFor('ecs-service/main/api');
    // A page of a scan is a megabyte: each of these takes a third of one.
    for (let index = 0; index < 7; index += 1)
      await dynamodb().send(
        new PutItemCommand({
          TableName: process.env.NIGHTSHIFT_WAIT_TABLE,
          Item: toItem({
            ...mine,
            sort: `many#${index}`,
            taskToken: `token ${index}`,
            step: 'x'.repeat(330_000),
          }),
        }),
      );
    expect(await allParked()).toHaveLength(8);
    expect(await parkedFor('ecs-service/main/api')).toHaveLength(8);
    expect(await sweep()).toEqual({ waiting: 1, answered: 0 });
    verdict = DONE;
    await sweep();
    expect((await outcome()).status).toBe('SUCCEEDED');
  });
});
