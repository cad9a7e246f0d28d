import { describe, expect, it, vi } from 'vitest';
import { aShop, quoted } from './a-shop.ts';
import { bearsFaults } from './bears-faults.ts';

const authority = vi.hoisted(() => ({ pem: '' }));
vi.mock('../../../../functions/postgres/authorities.ts', () => ({
  databaseAuthorities: () => [authority.pem],
}));

describe('alternating users', { timeout: 120_000 }, () => {
  const shop = aShop(authority, 'postgresql-alternating-users');

  it('take turns, and keep what else the secret holds', async () => {
    const before = await shop.secret.value();
    const token = await shop.rotate();
    const now = await shop.secret.value();
    expect(now).toEqual({ ...before, username: shop.users[1], password: now.password });
    expect(now.password).toHaveLength(32);
    expect(await shop.accepted(now)).toBe(true);
    expect(await shop.accepted(before)).toBe(true);
    expect(await shop.secret.progress(token)).toMatchObject({ step: 'finishSecret', state: 'done' });
    const client = await shop.connect(now);
    const { rows } = await client.query('SELECT current_user AS role');
    expect(rows).toEqual([{ role: shop.owner }]);
  });

  it('are rotated by Secrets Manager itself', async () => {
    const before = await shop.secret.value();
    shop.world.called.handler = shop.handler;
    const token = await shop.secret.begin();
    await expect
      .poll(async () => (await shop.secret.labelled('AWSCURRENT'))?.id, { timeout: 20_000 })
      .toBe(token);
    shop.world.called.handler = undefined;
    const now = await shop.secret.value();
    expect(await Promise.all([before, now].map(shop.accepted))).toEqual([true, true]);
  });

  it('hand the server over in few round trips', async () => {
    const { connections, statements } = shop.world;
    for (const list of [connections, statements]) list.length = 0;
    await shop.rotate();
    // Two look whether the password is set, and whether the current one works; the administrator sets it; it is tested, twice.
    const [one, other] = shop.users;
    expect(connections).toEqual([other, one, 'Master', other, other]);
    expect(statements.length).toBeLessThan(40);
  });

  bearsFaults(shop, () => shop.users[1]);

  it('heal what two rotations at once have spoilt between them', async () => {
    const first = await shop.secret.begin();
    await shop.step('createSecret', first);
    await shop.step('setSecret', first);
    await shop.secret.abandon();
    const second = await shop.secret.begin();
    await shop.step('createSecret', second);
    const before = (await shop.secret.labelled('AWSCURRENT'))?.id as string;
    // The first has looked at its labels just before the second took one away, and promotes its version meanwhile.
    shop.world.hooks.before.push({
      match: /ALTER ROLE .* PASSWORD/,
      run: () => shop.secret.move('AWSCURRENT', before, first),
    });
    await shop.steps(second);
    expect((await shop.secret.labelled('AWSCURRENT'))?.id).toBe(second);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('leave a user alone that became the current one meanwhile', async () => {
    const first = await shop.secret.begin();
    await shop.step('createSecret', first);
    await shop.step('setSecret', first);
    await shop.secret.abandon();
    const second = await shop.secret.begin();
    await shop.step('createSecret', second);
    await shop.secret.move('AWSCURRENT', (await shop.secret.labelled('AWSCURRENT'))?.id as string, first);
    await expect(shop.step('setSecret', second)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('another rotation has ended'),
    });
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
    await shop.secret.abandon();
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('are not rotated without an administrator, and nothing is changed then', async () => {
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    const before = await shop.secret.value();
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      obstacles: [expect.stringContaining('No administrator')],
    });
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await shop.accepted(before)).toBe(true);
  });

  it('lets nobody be refused who connects anew all the time', async () => {
    const refused: string[] = [];
    let stop = false;
    const held = { login: await shop.secret.value() };
    const reconnect = async (login: () => Promise<{ username: string; password: string }>) => {
      for (let count = 0; ; count += 1) {
        const with_ = await login();
        if (!(await shop.accepted(with_))) refused.push(with_.username);
        if (stop) return count;
      }
    };
    // One reads the secret each time; one was given it when it started, and is redeployed after each rotation.
    const counts = [reconnect(() => shop.secret.value()), reconnect(async () => held.login)];
    for (let rotation = 0; rotation < 3; rotation += 1) {
      // One whose connection was open just then holds the next rotation up: that is its due.
      await vi.waitFor(() => shop.rotate(), { timeout: 20_000, interval: 10 });
      held.login = await shop.secret.value();
    }
    stop = true;
    for (const count of await Promise.all(counts)) expect(count).toBeGreaterThan(3);
    expect(refused).toEqual([]);
  });

  it('makes the second user where there is none', async () => {
    await shop.run(`DROP ROLE ${quoted(shop.users[1])}`);
    await shop.run(`ALTER ROLE ${quoted(shop.users[0])} SET search_path = public, audit`);
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      obstacles: [],
      warnings: expect.arrayContaining([expect.stringContaining('the rotation makes it')]),
    });
    await shop.rotate();
    const client = await shop.connect(await shop.secret.value());
    const { rows } = await client.query(
      `SELECT session_user AS login, current_user AS role, current_setting('search_path') AS path`,
    );
    expect(rows).toEqual([{ login: shop.users[1], role: shop.owner, path: 'public, audit' }]);
  });

  it.each([
    [
      'a table that belongs to one of them',
      'CREATE TABLE notes (); ALTER TABLE notes OWNER TO USER',
      'notes',
    ],
    ['a privilege', 'CREATE TABLE notes (); GRANT SELECT ON notes TO USER', 'SELECT'],
    [
      'a default privilege',
      'ALTER DEFAULT PRIVILEGES FOR ROLE USER GRANT SELECT ON TABLES TO PUBLIC',
      'tables',
    ],
    [
      'a row-level-security policy',
      'CREATE TABLE notes (); ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON notes TO USER USING (true)',
      'own',
    ],
  ])('differ in %s: then nothing is promoted', async (_what, statements, word) => {
    const before = await shop.secret.value();
    await shop.run(
      ...statements.split('; ').map((text) => text.replace('USER', () => quoted(shop.users[1]))),
    );
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      obstacles: [expect.stringContaining(word)],
    });
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await shop.step('setSecret', token);
    for (const step of ['testSecret', 'finishSecret'] as const)
      await expect(shop.step(step, token)).rejects.toMatchObject({
        message: expect.stringContaining(word),
      });
    expect(await shop.secret.value()).toEqual(before);
    expect(await shop.accepted(before)).toBe(true);
    await shop.run(
      `REASSIGN OWNED BY ${quoted(shop.users[1])} TO ${quoted(shop.owner)}`,
      `DROP OWNED BY ${quoted(shop.users[1])}`,
    );
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('leave a user alone that has more power: it was made for something else', async () => {
    await shop.run(`ALTER ROLE ${quoted(shop.users[1])} BYPASSRLS`);
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('more power'),
    });
    await shop.run(`ALTER ROLE ${quoted(shop.users[1])} NOBYPASSRLS`);
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('own what they make together, whoever made it', async () => {
    const first = await shop.connect(await shop.secret.value());
    await first.query('CREATE TABLE mine (n int)');
    await first.query('ALTER TABLE mine ENABLE ROW LEVEL SECURITY');
    await first.query('CREATE POLICY own ON mine USING (n > 0)');
    await first.query('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_read_all_stats');
    await shop.rotate();
    const second = await shop.connect(await shop.secret.value());
    await second.query('INSERT INTO mine VALUES (1)');
    await second.query('ALTER TABLE mine ADD more int');
    await first.end();
    await shop.rotate();
    const third = await shop.connect(await shop.secret.value());
    expect((await third.query('SELECT n FROM mine')).rows).toEqual([{ n: 1 }]);
  });

  it('are not rotated again while a consumer still uses the one whose turn it would be', async () => {
    const first = await shop.secret.value();
    const late = await shop.connect(first);
    await shop.rotate();
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('would lock out'),
    });
    expect(await shop.accepted(first)).toBe(true);
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      facts: { currentUser: shop.users[1], sessionsOfNextUser: 1 },
      obstacles: [expect.stringContaining('redeploy')],
    });
    await late.end();
    await vi.waitFor(() => shop.steps(token), { timeout: 10_000, interval: 50 });
    expect(await shop.secret.value()).toMatchObject({ username: shop.users[0] });
  });

  it('are adopted when consumers are seen as the new one, and none as the old one', async () => {
    const since = new Date().toISOString();
    const adopted = async () => {
      const { checks } = (await shop.ask({ operation: 'prove-adoption', since })) as {
        checks: Array<{ passed: boolean }>;
      };
      return checks.map(({ passed }) => passed);
    };
    const old = await shop.connect(await shop.secret.value());
    await shop.rotate();
    // Whether the administrator is declared makes no difference: everybody sees who is logged in.
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    expect(await adopted()).toEqual([false, false]);
    await shop.connect(await shop.secret.value());
    expect(await adopted()).toEqual([true, false]);
    await old.end();
    await vi.waitFor(async () => expect(await adopted()).toEqual([true, true]));
    await shop.declare({ consumers: [] });
    expect(await adopted()).toEqual([true, true]);
  });

  it('prove nothing without a session, unless there is no consumer', async () => {
    await shop.rotate();
    const since = new Date().toISOString();
    const checks = async () =>
      ((await shop.ask({ operation: 'prove-adoption', since })) as { checks: unknown[] }).checks;
    expect(await checks()).toMatchObject([{ passed: false }, { passed: true, at: expect.any(String) }]);
    await shop.declare({ consumers: [] });
    expect(await checks()).toMatchObject([{ passed: true }, { passed: true }]);
  });

  it.each([false, true])('are put back, the value before the label (retired before: %s)', async (retired) => {
    const before = await shop.secret.value();
    const good = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const bad = await shop.rotate();
    if (retired) await shop.ask({ operation: 'retire', current: bad, old: good, endSessions: false });
    expect(await shop.accepted(before)).toBe(!retired);
    for (let time = 0; time < 2; time += 1)
      expect(await shop.ask({ operation: 'put-back', good, bad })).toEqual({
        done: expect.stringContaining(retired && time === 0 ? 'was set again' : 'can log in'),
        version: good,
      });
    expect(await shop.secret.value()).toEqual(before);
    expect(await shop.accepted(before)).toBe(true);
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('are put back after a rotation that came half-way, whose label goes', async () => {
    const good = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const bad = await shop.secret.begin();
    expect(await shop.ask({ operation: 'put-back', good, bad })).toMatchObject({ version: good });
    const other = await shop.secret.begin();
    await shop.step('createSecret', other);
    await shop.step('setSecret', other);
    expect(await shop.ask({ operation: 'put-back', good, bad: other })).toMatchObject({ version: good });
    expect(await shop.secret.labelled('AWSPENDING')).toBeUndefined();
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('are not put back where another version is current by now', async () => {
    const good = (await shop.secret.labelled('AWSCURRENT'))?.id;
    const bad = await shop.rotate();
    await shop.rotate();
    await expect(shop.ask({ operation: 'put-back', good, bad })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  it('are retired when nobody uses the old one, or its sessions are ended', async () => {
    const before = await shop.secret.value();
    const old = (await shop.secret.labelled('AWSCURRENT'))?.id;
    let ended = false;
    await shop.connect(before, () => {
      ended = true;
    });
    const current = await shop.rotate();
    await expect(shop.ask({ operation: 'retire', current, old, endSessions: false })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('one session'),
    });
    expect(await shop.accepted(before)).toBe(true);
    const user = await shop.connect(await shop.secret.value());
    expect(await shop.ask({ operation: 'retire', current, old, endSessions: true })).toEqual({
      done: expect.stringContaining('one session'),
      version: current,
    });
    await vi.waitFor(() => expect(ended).toBe(true));
    expect(await shop.accepted(before)).toBe(false);
    await user.query('SELECT 1');
    expect(await shop.ask({ operation: 'retire', current, endSessions: false })).toMatchObject({
      version: current,
    });
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('leave the old one alone where the current one does not work', async () => {
    const before = await shop.secret.value();
    const current = await shop.rotate();
    await shop.run(`ALTER ROLE ${quoted(shop.users[1])} PASSWORD 'somebody else'`);
    await expect(shop.ask({ operation: 'retire', current, endSessions: true })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(await shop.accepted(before)).toBe(true);
  });
});
