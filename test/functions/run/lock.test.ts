import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dynamodb } from '../../../functions/run/documents.ts';
import {
  type Acquired,
  acquireLock,
  acquireLocks,
  holdLock,
  joinLock,
  readLock,
  releaseLock,
  releaseLocks,
} from '../../../functions/run/lock.ts';
import type { Lock, RunRecord } from '../../../schemas/run.ts';
import { startDynalite } from '../../support/dynalite.ts';

let server: Awaited<ReturnType<typeof startDynalite>>;
const LIFE_SECONDS = 60;
const START = Date.UTC(2026, 10, 21, 3);
const afterLife = START + LIFE_SECONDS * 1000 + 1;
const run = (id: string) => ({ id, arn: `arn:aws:states:us-east-1:123456789012:execution:rollback:${id}` });

let keys = 0;
/** A key that no other test has used. */
const freshKey = () => `service/api-${++keys}`;

beforeAll(async () => {
  server = await startDynalite();
  vi.stubEnv('NIGHTSHIFT_LOCK_TABLE', 'locks');
  await dynamodb().send(
    new CreateTableCommand({
      TableName: 'locks',
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});

afterAll(() => {
  dynamodb().destroy();
  server.close();
  vi.unstubAllEnvs();
});

/** Takes a lock that is free. */
async function take(key: string, id: string, now = START): Promise<Lock> {
  const acquired = await acquireLock(key, run(id), LIFE_SECONDS, now);
  if (!acquired.held) throw new Error(`${acquired.owner} has the lock`);
  return acquired.lock;
}

const holds = (lock: Lock, id: string, now = START) =>
  holdLock(lock, id, LIFE_SECONDS, now).then(
    () => true,
    (error: Error) => {
      if (error.name !== 'PreconditionFailed') throw error;
      return false;
    },
  );

describe('a lock', () => {
  it('tells a second run who holds it', async () => {
    const key = freshKey();
    await take(key, 'one');
    expect(await acquireLock(key, run('two'), LIFE_SECONDS, START)).toEqual({ held: false, owner: 'one' });
  });

  it('gives the same run the same token when it asks again', async () => {
    const key = freshKey();
    expect(await take(key, 'one', START + 1)).toEqual(await take(key, 'one'));
  });

  it('keeps targets apart', async () => {
    await take(freshKey(), 'one');
    expect((await acquireLock(freshKey(), run('two'), LIFE_SECONDS, START)).held).toBe(true);
  });

  it('is held up to the last millisecond of its life', async () => {
    const key = freshKey();
    await take(key, 'one');
    expect((await acquireLock(key, run('two'), LIFE_SECONDS, afterLife - 1)).held).toBe(false);
  });

  it('can be taken when it has expired, under a higher token', async () => {
    const key = freshKey();
    const old = await take(key, 'one');
    expect((await take(key, 'two', afterLife)).fencingToken).toBeGreaterThan(old.fencingToken);
  });

  it('lives on with each sign of life', async () => {
    const key = freshKey();
    await holdLock(await take(key, 'one'), 'one', LIFE_SECONDS, afterLife - 1);
    expect((await acquireLock(key, run('two'), LIFE_SECONDS, afterLife)).held).toBe(false);
  });

  it('can be taken when it was released, under a higher token', async () => {
    const key = freshKey();
    const old = await take(key, 'one');
    await releaseLock(key, 'one');
    expect((await take(key, 'two')).fencingToken).toBeGreaterThan(old.fencingToken);
  });

  it('is not released by a run that has lost it', async () => {
    const key = freshKey();
    await take(key, 'one');
    await take(key, 'two', afterLife);
    expect(await releaseLock(key, 'one')).toBe(0);
    expect((await readLock(key))?.ownerRun).toBe('two');
  });

  it('refuses the write of a run that has lost it, and says so', async () => {
    const key = freshKey();
    const old = await take(key, 'one');
    await take(key, 'two', afterLife);
    await expect(holdLock(old, 'one', LIFE_SECONDS, afterLife)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('This step changed nothing.'),
      facts: { lock: key },
    });
  });

  it('refuses an old token of the run that holds it again', async () => {
    const key = freshKey();
    const old = await take(key, 'one');
    const lock = await take(key, 'one', afterLife);
    expect(await holds(old, 'one', afterLife)).toBe(false);
    expect(await holds(lock, 'one', afterLife)).toBe(true);
  });

  it('refuses a token that another run stole', async () => {
    const lock = await take(freshKey(), 'one');
    expect(await holds(lock, 'two')).toBe(false);
  });

  it('counts who joined its owner, and forgets them with the next one', async () => {
    const key = freshKey();
    await take(key, 'one');
    await Promise.all([joinLock(key, 'one'), joinLock(key, 'one')]);
    await joinLock(key, 'gone');
    expect(await releaseLock(key, 'one')).toBe(2);
    await take(key, 'two');
    expect(await releaseLock(key, 'two')).toBe(0);
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['taking', (key) => acquireLock(key, run('one'), LIFE_SECONDS)],
    ['holding', (key) => holdLock({ key, fencingToken: 1 }, 'one', LIFE_SECONDS)],
    ['joining', (key) => joinLock(key, 'one')],
    ['releasing', (key) => releaseLock(key, 'one')],
  ])('does not take a failure of its table for an answer when %s', async (_, act) => {
    vi.stubEnv('NIGHTSHIFT_LOCK_TABLE', 'no-such-table');
    try {
      await expect(act('service/api')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    } finally {
      vi.stubEnv('NIGHTSHIFT_LOCK_TABLE', 'locks');
    }
  });
});

describe('several locks', () => {
  const takeAll = async (keys: string[], id: string, now = START) => {
    const acquired = await acquireLocks(keys, run(id), LIFE_SECONDS, now);
    if (!acquired.held) throw new Error(`${acquired.owner} has ${acquired.key}`);
    return acquired.locks;
  };
  const owners = (keys: readonly string[]) =>
    Promise.all(keys.map(async (key) => (await readLock(key))?.ownerRun));
  const freshKeys = () => [freshKey(), freshKey(), freshKey()] as [string, string, string];

  it('are taken all together, with a token each', async () => {
    const keys = freshKeys();
    const locks = await takeAll(keys, 'one');
    expect(locks.map(({ key }) => key)).toEqual(keys);
    expect(await owners(keys)).toEqual(['one', 'one', 'one']);
    expect(await takeAll(keys, 'one')).toEqual(locks);
  });

  it('are taken not at all when one is held by another run, also what an earlier attempt had taken', async () => {
    const keys = freshKeys();
    await take(keys[1], 'two');
    await take(keys[2], 'one');
    expect(await acquireLocks(keys, run('one'), LIFE_SECONDS, START)).toEqual({
      held: false,
      key: keys[1],
      owner: 'two',
    });
    expect(await owners(keys)).toEqual([undefined, 'two', undefined]);
  });

  it('are renewed with the lock that they belong to', async () => {
    const [main, ...others] = freshKeys();
    const lock = { ...(await take(main, 'one')), also: await takeAll(others, 'one') };
    await holdLock(lock, 'one', LIFE_SECONDS, afterLife - 1);
    for (const key of [main, ...others])
      expect((await acquireLock(key, run('two'), LIFE_SECONDS, afterLife)).held).toBe(false);
  });

  it('are lost by name; the others live on', async () => {
    const [main, lost, kept] = freshKeys();
    const lock = { ...(await take(main, 'one')), also: await takeAll([lost, kept], 'one') };
    await releaseLock(lost, 'one');
    await take(lost, 'two');
    await expect(holdLock(lock, 'one', LIFE_SECONDS, afterLife - 1)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(`no longer holds the lock of ${lost}: another run has taken it over`),
      facts: { lock: lost },
    });
    expect((await acquireLock(kept, run('two'), LIFE_SECONDS, afterLife)).held).toBe(false);
  });

  it('are given back all, but for what another run holds, and count who joined any of them', async () => {
    const [main, first, second] = freshKeys();
    await takeAll([main, first], 'one');
    await take(second, 'two');
    await joinLock(main, 'one');
    await joinLock(first, 'one');
    await joinLock(first, 'one');
    const record = { run: { ...run('one'), runbook: 'x' } as RunRecord['run'], target: main };
    expect(await releaseLocks({ ...record, alsoLocked: [first, second] })).toBe(3);
    expect(await owners([main, first, second])).toEqual([undefined, undefined, 'two']);
    expect(await releaseLocks(record)).toBe(0);
  });

  it('never belong in part to one run and in part to another that asks for the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('one', 'two', 'three'), { minLength: 2, maxLength: 6 }),
        async (ids) => {
          const keys = freshKeys();
          const answers = await Promise.all(
            ids.map(async (id) => ({ id, ...(await acquireLocks(keys, run(id), LIFE_SECONDS, START)) })),
          );
          const winners = new Set(answers.flatMap(({ id, held }) => (held ? [id] : [])));
          const [winner] = winners;
          expect(winners.size).toBe(1);
          expect(await owners(keys)).toEqual([winner, winner, winner]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

const RUNS = ['one', 'two', 'three'];
const life = fc.integer({ min: 1, max: 30 });
const runId = fc.constantFrom(...RUNS);
const move = fc.oneof(
  fc.record({ kind: fc.constant('acquire' as const), id: runId, life }),
  fc.record({ kind: fc.constant('hold' as const), claim: fc.nat(), life }),
  fc.record({ kind: fc.constant('release' as const), id: runId }),
  fc.record({ kind: fc.constant('join' as const), id: runId }),
  fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 40_000 }) }),
);

describe('a lock, against a model of it', () => {
  it('has at most one owner at a time, and its tokens only grow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 30 }), async (moves) => {
        const key = freshKey();
        let now = START;
        let owner: string | undefined;
        let expires = 0;
        let joined = 0;
        /** Every token that a run was ever given, in order: the last one belongs to the last owner. */
        const claims: Array<{ id: string; lock: Lock }> = [];
        for (const step of moves) {
          switch (step.kind) {
            case 'acquire': {
              const acquired: Acquired = await acquireLock(key, run(step.id), step.life, now);
              const newest = claims.at(-1);
              if (owner === undefined || expires < now) {
                if (!acquired.held) throw new Error(`${step.id} did not get a free lock`);
                expect(acquired.lock.fencingToken).toBeGreaterThan(newest?.lock.fencingToken ?? 0);
                claims.push({ id: step.id, lock: acquired.lock });
                [owner, expires, joined] = [step.id, now + step.life * 1000, 0];
              } else {
                expect(acquired).toEqual(
                  owner === step.id ? { held: true, lock: newest?.lock } : { held: false, owner },
                );
              }
              break;
            }
            case 'hold': {
              const claim = claims[step.claim % claims.length];
              if (claim === undefined) break;
              const expected = claim === claims.at(-1) && owner === claim.id;
              const held = await holdLock(claim.lock, claim.id, step.life, now).then(
                () => true,
                () => false,
              );
              expect(held).toBe(expected);
              if (held) expires = now + step.life * 1000;
              break;
            }
            case 'release': {
              const mine = owner === step.id;
              expect(await releaseLock(key, step.id)).toBe(mine ? joined : 0);
              if (mine) owner = undefined;
              break;
            }
            case 'join':
              await joinLock(key, step.id);
              if (owner === step.id) joined += 1;
              break;
            case 'wait':
              now += step.milliseconds;
          }
          expect((await readLock(key))?.ownerRun).toBe(owner);
        }
        const holders: Array<{ id: string; lock: Lock }> = [];
        for (const claim of claims) if (await holds(claim.lock, claim.id, now)) holders.push(claim);
        expect(holders).toEqual(owner === undefined ? [] : [claims.at(-1)]);
      }),
      { numRuns: 40 },
    );
  });

  it('goes to exactly one of those who ask at once, however it came free', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('released', 'expired'), { minLength: 1, maxLength: 4 }),
        async (ends) => {
          const key = freshKey();
          let now = START;
          let newest = 0;
          for (const end of ends) {
            const answers = await Promise.all(
              RUNS.map(async (id) => ({ id, ...(await acquireLock(key, run(id), LIFE_SECONDS, now)) })),
            );
            const [winner, ...others] = answers.flatMap((answer) => (answer.held ? [answer] : []));
            expect(others).toEqual([]);
            if (winner === undefined) throw new Error('nobody got a free lock');
            for (const answer of answers) if (!answer.held) expect(answer.owner).toBe(winner.id);
            expect(winner.lock.fencingToken).toBeGreaterThan(newest);
            newest = winner.lock.fencingToken;
            if (end === 'released') await releaseLock(key, winner.id);
            else now += LIFE_SECONDS * 1000 + 1;
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('stays with its owner or goes to the next, when a late sign of life meets a takeover', async () => {
    for (const order of ['owner first', 'next first']) {
      const key = freshKey();
      const old = await take(key, 'one');
      const renew = () => holds(old, 'one', afterLife);
      const takeOver = () => acquireLock(key, run('two'), LIFE_SECONDS, afterLife);
      const [renewed, taken] =
        order === 'owner first'
          ? await Promise.all([renew(), takeOver()])
          : await Promise.all([takeOver(), renew()]).then(([second, first]) => [first, second] as const);
      expect(renewed, order).toBe(!taken.held);
    }
  });
});
