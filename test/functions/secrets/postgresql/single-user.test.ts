import { describe, expect, it, vi } from 'vitest';
import { aShop, quoted } from './a-shop.ts';
import { bearsFaults } from './bears-faults.ts';

const authority = vi.hoisted(() => ({ pem: '' }));
vi.mock('../../../../functions/postgres/authorities.ts', () => ({
  databaseAuthorities: () => [authority.pem],
}));

describe('a single user', { timeout: 120_000 }, () => {
  const shop = aShop(authority, 'postgresql-single-user');

  it('changes its own password, and it is measured how long consumers were refused', async () => {
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    const before = await shop.secret.value();
    const token = await shop.rotate();
    const now = await shop.secret.value();
    expect(now).toEqual({ ...before, password: now.password });
    expect(await shop.accepted(now)).toBe(true);
    expect(await shop.accepted(before)).toBe(false);
    const { refusedMilliseconds } = (await shop.secret.progress(token)) ?? {};
    expect(refusedMilliseconds).toBeGreaterThan(0);
    expect(refusedMilliseconds).toBeLessThan(30_000);
  });

  bearsFaults(shop, () => shop.users[0]);

  it('is measured as long as consumers were refused, however often a step is tried', async () => {
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await shop.step('setSecret', token);
    const { refusingSince } = (await shop.secret.progress(token)) ?? {};
    await shop.step('setSecret', token);
    await shop.step('testSecret', token);
    const end = shop.world.fault('dynamodb:PutItem', 'error:ValidationException');
    await expect(shop.step('finishSecret', token)).rejects.toThrow();
    end();
    await shop.step('finishSecret', token);
    const progress = await shop.secret.progress(token);
    expect(progress).toMatchObject({ refusingSince, state: 'done' });
    expect(progress?.refusedMilliseconds).toBeGreaterThan(0);
  });

  it('counts the logins that were refused while its password was changed', async () => {
    let refused = 0;
    let stop = false;
    const reconnect = async () => {
      while (!stop) if (!(await shop.accepted(await shop.secret.value()))) refused += 1;
    };
    const client = reconnect();
    const token = await shop.rotate();
    stop = true;
    await client;
    const { refusedMilliseconds = 0 } = (await shop.secret.progress(token)) ?? {};
    // Nobody is refused outside of what is measured; how many are within depends on the machine.
    expect(refused).toBeLessThan(refusedMilliseconds);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('goes on from the password of an attempt that was given up, without an administrator', async () => {
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    const first = await shop.secret.begin();
    await shop.step('createSecret', first);
    await shop.step('setSecret', first);
    await shop.secret.abandon();
    expect(await shop.accepted(await shop.secret.value())).toBe(false);
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
    expect(await shop.world.everythingSaid()).toContain('an earlier attempt left behind');
  });

  it('acts as itself, not as the owner role, when it sets its own password', async () => {
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    const client = await shop.connect(await shop.secret.value());
    const { rows } = await client.query('SELECT current_user AS role');
    expect(rows).toEqual([{ role: shop.owner }]);
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('is adopted when sessions began after the change, and none before', async () => {
    const adopted = async (since = new Date()) => {
      const request = { operation: 'prove-adoption', since: since.toISOString() };
      const { checks } = (await shop.ask(request)) as { checks: Array<{ passed: boolean }> };
      return checks.map(({ passed }) => passed);
    };
    const old = await shop.connect(await shop.secret.value());
    await shop.rotate();
    expect(await adopted()).toEqual([false, false]);
    await shop.connect(await shop.secret.value());
    // The time of the change is the server's own: that of whoever asks makes no difference.
    for (const since of [new Date(0), new Date(), new Date(Date.now() + 3_600_000)])
      expect(await adopted(since)).toEqual([true, false]);
    await old.end();
    await vi.waitFor(async () => expect(await adopted()).toEqual([true, true]));
  });

  it('proves nothing without a session, unless there is no consumer', async () => {
    await shop.rotate();
    const ask = { operation: 'prove-adoption', since: new Date().toISOString() };
    expect(await shop.ask(ask)).toMatchObject({ checks: [{ passed: false }, { passed: true }] });
    await shop.declare({ consumers: [] });
    expect(await shop.ask(ask)).toMatchObject({ checks: [{ passed: true }, { passed: true }] });
  });

  it.each([true, false])(
    'is put back by itself, then the label (rotation finished: %s)',
    async (finished) => {
      await shop.declare({ rotation: { adminSecretArn: undefined } });
      const before = await shop.secret.value();
      const good = (await shop.secret.labelled('AWSCURRENT'))?.id;
      let bad: string;
      if (finished) bad = await shop.rotate();
      else {
        bad = await shop.secret.begin();
        await shop.step('createSecret', bad);
        await shop.step('setSecret', bad);
      }
      expect(await shop.accepted(before)).toBe(false);
      for (const words of ['was set again', 'can log in'])
        expect(await shop.ask({ operation: 'put-back', good, bad })).toEqual({
          done: expect.stringContaining(words),
          version: good,
        });
      expect(await shop.secret.value()).toEqual(before);
      expect(await shop.accepted(before)).toBe(true);
      expect(await shop.secret.labelled('AWSPENDING')).toBeUndefined();
      await shop.rotate();
      expect(await shop.accepted(await shop.secret.value())).toBe(true);
    },
  );

  it('is put back by the administrator where both passwords are refused', async () => {
    const before = await shop.secret.value();
    const good = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const bad = await shop.rotate();
    await shop.run(`ALTER ROLE ${quoted(shop.users[0])} PASSWORD 'somebody else'`);
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    await expect(shop.ask({ operation: 'put-back', good, bad })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('No label was moved'),
    });
    await shop.declare();
    await shop.ask({ operation: 'put-back', good, bad });
    expect(await shop.secret.value()).toEqual(before);
    expect(await shop.accepted(before)).toBe(true);
  });

  it('is retired: the old password is refused, and its sessions are ended where that is asked for', async () => {
    const ended: string[] = [];
    await shop.connect(await shop.secret.value(), () => ended.push('old'));
    const old = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const current = await shop.rotate();
    const late = await shop.connect(await shop.secret.value(), () => ended.push('new'));
    expect(await shop.ask({ operation: 'retire', current, old, endSessions: false })).toMatchObject({
      version: current,
    });
    expect(ended).toEqual([]);
    expect(await shop.ask({ operation: 'retire', current, old, endSessions: true })).toEqual({
      done: expect.stringContaining('one session'),
      version: current,
    });
    await vi.waitFor(() => expect(ended).toEqual(['old']));
    await late.query('SELECT 1');
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('is not retired where the database still takes the old password', async () => {
    const before = await shop.secret.value();
    const old = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const current = await shop.rotate();
    await shop.run(`ALTER ROLE ${quoted(shop.users[0])} PASSWORD '${before.password.replaceAll("'", "''")}'`);
    await expect(shop.ask({ operation: 'retire', current, old, endSessions: false })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});
