import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { parseInfo } from '../../../../functions/cache/info.ts';
import { describeWithRedis } from '../../../support/redis.ts';
import {
  FIRST,
  type Handler,
  type RotatedCaches,
  startRotatedCaches,
  type TestCache,
} from './a-rotated-cache.ts';

/** What time is in an account, at the speed of these tests. */
const PACE = { interval: 20, lag: 250 };

describeWithRedis('the AUTH token of a cache', () => {
  let world: RotatedCaches;
  let handler: Handler;
  let cache: TestCache;
  const used: TestCache[] = [];
  const endings: Array<() => unknown> = [];
  beforeAll(async () => {
    world = await startRotatedCaches(() => handler);
    const { keeper } = await import('../../../../functions/secrets/keeper/keeper.ts');
    const { keepTokens } = await import('../../../../functions/secrets/redis-auth/redis-auth.ts');
    handler = keeper(keepTokens(PACE)) as unknown as Handler;
  });
  beforeEach(async () => {
    cache = await world.aCache();
    used.push(cache);
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });
  afterAll(async () => {
    await world.stop();
  });
  const fault = (effect: string) => {
    const remove = world.fault(effect);
    endings.push(remove);
    return remove;
  };
  const begun = async () => {
    const token = await cache.begin();
    await cache.step('createSecret', token);
    return token;
  };
  const finish = async (token: string) => {
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const) await cache.step(step, token);
    await cache.unstage(token);
  };

  test('is rotated while consumers connect with the old one, and the old one is retired when they have the new one', async () => {
    const stop = cache.knock(FIRST);
    await cache.rotate();
    const { times, refused } = await stop();
    expect(times).toBeGreaterThan(1);
    expect(refused).toBe(0);
    const token = await cache.token();
    expect(token).toMatch(/^[A-Za-z0-9!&#$^-]{40}$/);
    expect(JSON.parse((await cache.text()) ?? '')).toEqual({ auth_token: token, note: 'kept' });
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(await cache.accepts(token)).toBe(true);
    expect(cache.changes()).toEqual(['ROTATE']);

    const versions = { current: await cache.version(), old: await cache.version('AWSPREVIOUS') };
    const retired = await cache.ask('retire', { ...versions, endSessions: false });
    expect(retired).toMatchObject({ done: expect.stringContaining('takes the current token alone') });
    expect(await cache.accepts(FIRST)).toBe(false);
    expect(await cache.accepts(token)).toBe(true);
    // Once more, as a step may be.
    await cache.ask('retire', { ...versions, endSessions: false });
    expect(cache.changes()).toEqual(['ROTATE', 'SET']);
  });

  test('is rotated by steps that come twice, and again right after, and never loses the current one', async () => {
    const token = await begun();
    await cache.step('createSecret', token);
    await cache.step('setSecret', token);
    await cache.step('setSecret', token);
    await cache.step('testSecret', token);
    await cache.step('testSecret', token);
    await cache.step('finishSecret', token);
    await cache.step('finishSecret', token);
    await cache.step('setSecret', token);
    await cache.unstage(token);
    expect(cache.changes()).toEqual(['ROTATE']);
    const second = await cache.token();
    const stop = cache.knock(second);
    await cache.rotate();
    expect((await stop()).refused).toBe(0);
    expect(await cache.accepts(await cache.token())).toBe(true);
    // Both were good, so the second was made the only one before the third came.
    expect(cache.changes()).toEqual(['ROTATE', 'SET', 'ROTATE']);
  });

  test('is not changed again by a call that comes after one that was killed', async () => {
    const token = await begun();
    await cache.modify(await cache.token('AWSPENDING'), 'ROTATE');
    await finish(token);
    expect(cache.changes()).toEqual([]);
    expect(await cache.version()).toBe(token);
  });

  test('survives what an earlier rotation has left behind: set, without the current one being pushed out', async () => {
    const first = await begun();
    await cache.step('setSecret', first);
    const left = await cache.token('AWSPENDING');
    await cache.unstage(first);
    const stop = cache.knock(FIRST);
    await cache.rotate();
    expect((await stop()).refused).toBe(0);
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(await cache.accepts(left)).toBe(false);
    expect(await cache.version()).not.toBe(first);
    expect(cache.changes()).toEqual(['ROTATE', 'SET', 'ROTATE', 'ROTATE']);
  });

  test('survives what an earlier rotation has left behind: not set', async () => {
    const first = await begun();
    await cache.unstage(first);
    await cache.rotate();
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(cache.changes()).toEqual(['ROTATE']);
  });

  test('is kept as well where the cache does not tell how many tokens it takes', async () => {
    const administrator = await cache.administrator();
    await administrator.call('ACL', 'SETUSER', 'default', '-acl');
    administrator.disconnect();
    const first = await begun();
    await cache.step('setSecret', first);
    await cache.unstage(first);
    const stop = cache.knock(FIRST);
    await cache.rotate();
    expect((await stop()).refused).toBe(0);
    const versions = { current: await cache.version(), old: await cache.version('AWSPREVIOUS') };
    await cache.ask('retire', { ...versions, endSessions: false });
    expect(await cache.accepts(FIRST)).toBe(false);
    expect(await cache.accepts(await cache.token())).toBe(true);
  });

  test('is not touched where the current one is wrong, and is rotated once that is mended', async () => {
    const wrong = 'not-the-token-of-it';
    await cache.put(JSON.stringify({ auth_token: wrong, note: 'kept' }));
    const token = await begun();
    await expect(cache.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('refuses the current token'),
    });
    expect(cache.changes()).toEqual([]);
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(await cache.ask('inspect')).toMatchObject({
      facts: { currentAccepted: false },
      obstacles: [expect.stringContaining('refuses the current token')],
    });
    await cache.unstage(token);
    await cache.put(JSON.stringify({ auth_token: FIRST, note: 'kept' }));
    await cache.rotate();
    expect(await cache.accepts(await cache.token())).toBe(true);
  });

  test('is tried again when the cache does not answer', async () => {
    const token = await begun();
    const client = await cache.connect(FIRST);
    const pid = Number(parseInfo(String(await client.info('server'))).get('process_id'));
    client.disconnect();
    endings.push(() => process.kill(pid, 'SIGCONT'));
    process.kill(pid, 'SIGSTOP');
    await expect(cache.step('setSecret', token)).rejects.toMatchObject({ name: 'Transient' });
    expect(cache.changes()).toEqual([]);
    process.kill(pid, 'SIGCONT');
    await finish(token);
    expect(await cache.version()).toBe(token);
  });

  test('is tried again when the change fails', async () => {
    const token = await begun();
    const remove = fault('fail');
    await expect(cache.step('setSecret', token)).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('The tokens that were good still are'),
    });
    expect(await cache.accepts(FIRST)).toBe(true);
    remove();
    await finish(token);
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(await cache.accepts(await cache.token())).toBe(true);
    const retiring = { current: token, old: await cache.version('AWSPREVIOUS'), endSessions: false };
    const again = fault('fail');
    await expect(cache.ask('retire', retiring)).rejects.toMatchObject({ name: 'Transient' });
    again();
    await cache.ask('retire', retiring);
    expect(await cache.accepts(FIRST)).toBe(false);
  });

  test('a change of an older token that fails does not go unnoticed', async () => {
    await cache.rotate();
    const token = await begun();
    const remove = fault('fail');
    await expect(cache.step('setSecret', token)).rejects.toMatchObject({ name: 'Transient' });
    expect(cache.changes()).toEqual(['ROTATE', 'SET']);
    remove();
    await finish(token);
    expect(await cache.accepts(await cache.token('AWSPREVIOUS'))).toBe(true);
  });

  test('waits for a change that takes long, and does not ask for it twice', async () => {
    const token = await begun();
    const remove = fault('hang');
    await expect(cache.step('setSecret', token, 1800)).rejects.toMatchObject({ name: 'Transient' });
    await expect(cache.step('setSecret', token, 1300)).rejects.toMatchObject({ name: 'Transient' });
    expect(await cache.accepts(FIRST)).toBe(true);
    remove();
    await finish(token);
    expect(cache.changes()).toEqual(['ROTATE']);
    expect(await cache.version()).toBe(token);
  });

  test('is proved before its label moves', async () => {
    const token = await begun();
    await expect(cache.step('finishSecret', token)).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('refuses the pending token'),
    });
    await cache.step('setSecret', token);
    // Somebody else rotates meanwhile, which takes the current one away.
    await cache.modify('somebody-elses-token', 'ROTATE');
    await cache.available();
    await expect(cache.step('testSecret', token)).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('refuses the current token'),
    });
    await cache.unstage(token);
  });

  test('is put back where it is still good, and where it was retired, and can be rotated after that', async () => {
    const taken = await cache.rotate();
    const good = await cache.version('AWSPREVIOUS');
    const bad = await cache.token();
    expect(await cache.ask('put-back', { good, bad: taken })).toMatchObject({
      version: good,
      done: expect.stringContaining('still takes the earlier token'),
    });
    expect(await cache.token()).toBe(FIRST);
    const stop = cache.knock(FIRST);
    const next = await cache.rotate();
    expect((await stop()).refused).toBe(0);
    expect(await cache.accepts(bad)).toBe(false);
    await cache.ask('retire', { current: next, old: good, endSessions: false });
    expect(await cache.accepts(FIRST)).toBe(false);
    expect(await cache.ask('put-back', { good, bad: next })).toMatchObject({
      version: good,
      done: expect.stringContaining('takes the earlier token again'),
    });
    expect(await cache.token()).toBe(FIRST);
    expect(await cache.accepts(FIRST)).toBe(true);
    await cache.rotate();
    expect(await cache.accepts(FIRST)).toBe(true);
    expect(await cache.accepts(await cache.token())).toBe(true);
  });

  test('is adopted when somebody has connected since, and nobody from before is left', async () => {
    const old = await cache.connect(FIRST);
    await old.client('SETNAME', 'worker');
    endings.push(() => old.disconnect());
    await vi.waitFor(async () => expect(await ageOf(old)).toBeGreaterThanOrEqual(2), { timeout: 5000 });
    const since = new Date().toISOString();
    const checks = async () =>
      (
        (await cache.ask('prove-adoption', { since })) as {
          checks: Array<{ passed: boolean; measured: string }>;
        }
      ).checks;
    const [none, older] = await checks();
    expect([none?.passed, older?.passed]).toEqual([false, false]);
    expect(older?.measured).toMatch(/^1, none expected: worker at 127\.0\.0\.1:\d+$/);
    const young = await cache.connect(FIRST);
    endings.push(() => young.disconnect());
    old.disconnect();
    await vi.waitFor(async () => expect((await checks()).every(({ passed }) => passed)).toBe(true));
    // Nobody is asked for where nobody uses it.
    young.disconnect();
    await cache.declare({}, []);
    await vi.waitFor(async () =>
      expect((await checks())[0]?.measured).toBe('0, the secret has no consumers'),
    );
  });

  test('ends all sessions when it is compromised, and whoever has the new one is back', async () => {
    await cache.rotate();
    const thief = await cache.connect(FIRST);
    const gone = new Promise((resolve) => thief.once('close', resolve));
    const answer = await cache.ask('retire', {
      current: await cache.version(),
      old: await cache.version('AWSPREVIOUS'),
      endSessions: true,
    });
    await gone;
    expect(answer).toMatchObject({ done: expect.stringContaining('1 connections were ended') });
    expect(await cache.accepts(FIRST)).toBe(false);
    const consumer = await cache.connect(await cache.token());
    consumer.disconnect();
  });

  test('is not retired where the current one is refused', async () => {
    const current = await cache.rotate();
    const old = await cache.version('AWSPREVIOUS');
    await cache.modify(FIRST, 'ROTATE');
    await cache.available();
    await cache.modify(FIRST, 'SET');
    await cache.available();
    await expect(cache.ask('retire', { current, old, endSessions: true })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('may be the last that works'),
    });
    expect(await cache.accepts(FIRST)).toBe(true);
  });

  test('is told of in a plan, with what is in its way', async () => {
    const other = await cache.connect(FIRST);
    endings.push(() => other.disconnect());
    expect(await cache.ask('inspect')).toEqual({
      facts: {
        replicationGroup: cache.name,
        status: 'available',
        tokenChangedAt: expect.any(String),
        currentAccepted: true,
        tokens: 1,
        connections: 1,
      },
      obstacles: [],
      warnings: [],
    });
    await cache.rotate();
    expect(await cache.ask('inspect')).toMatchObject({
      facts: { tokens: 2 },
      warnings: [expect.stringContaining('another token')],
    });
    await cache.declare({ port: 1 });
    expect(await cache.ask('inspect')).toMatchObject({
      obstacles: [expect.stringContaining('is not the primary endpoint')],
    });
    const token = await begun();
    await expect(cache.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('is not the primary endpoint'),
    });
    await cache.declare({ replicationGroup: 'gone' });
    expect(await cache.ask('inspect')).toMatchObject({
      obstacles: [expect.stringContaining('There is no replication group gone')],
    });
    await cache.unstage(token);
  });

  test('is kept in a secret that is nothing but the token', async () => {
    const bare = await world.aCache((token) => token);
    used.push(bare);
    await bare.rotate();
    const text = (await bare.text()) ?? '';
    expect(text).toMatch(/^[A-Za-z0-9!&#$^-]{40}$/);
    expect(await bare.accepts(text)).toBe(true);
  });

  test('is in nothing that was said, stored or thrown by all of this', async () => {
    await world.expectNothingSaid(used);
  });
});

/** Whole seconds since the connection was opened. */
async function ageOf(client: { client(name: 'INFO'): Promise<unknown> }): Promise<number> {
  return Number(/ age=(\d+)/.exec(String(await client.client('INFO')))?.[1]);
}
