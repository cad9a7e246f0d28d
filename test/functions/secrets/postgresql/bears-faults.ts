import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { STEPS } from './a-secret.ts';
import { quoted, type Shop } from './a-shop.ts';

/**
 * The faults that every rotation of a login must bear. After each of them a login that consumers hold works, and a later rotation
 * succeeds.
 *
 * @param promoted name of the user who is current after one rotation
 */
export function bearsFaults(shop: Shop, promoted: () => string): void {
  /** At least one of the logins that consumers hold, or may get. */
  const someoneMayLogIn = async (...logins: Array<{ username: string; password: string }>) => {
    const accepted = await Promise.all(logins.filter(({ password }) => password).map(shop.accepted));
    expect(accepted).toContain(true);
  };
  it('bear each step twice, and again when all is done', async () => {
    const token = await shop.secret.begin();
    for (const step of STEPS) {
      await shop.step(step, token);
      await shop.step(step, token);
    }
    const now = await shop.secret.value();
    await shop.steps(token);
    expect(await shop.secret.value()).toEqual(now);
    expect(await shop.accepted(now)).toBe(true);
    await shop.secret.abandon();
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('bear steps out of order: nothing is promoted that was not proved', async () => {
    const before = await shop.secret.value();
    const token = await shop.secret.begin();
    const goesWrong = async (step: (typeof STEPS)[number], error: string) =>
      await expect(shop.step(step, token)).rejects.toMatchObject({ name: error });
    await goesWrong('setSecret', 'PreconditionFailed');
    await goesWrong('finishSecret', 'PreconditionFailed');
    await shop.step('createSecret', token);
    await goesWrong('testSecret', 'VerificationFailed');
    await goesWrong('finishSecret', 'VerificationFailed');
    expect(await shop.secret.progress(token)).toMatchObject({
      step: 'finishSecret',
      state: 'failed',
      errorName: 'VerificationFailed',
      error: expect.stringContaining('refuses'),
    });
    expect(await shop.secret.value()).toEqual(before);
    await shop.steps(token);
    expect(await shop.secret.progress(token)).not.toHaveProperty('error');
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it.each([
    ['createSecret', 'UpdateItem'],
    ['setSecret', 'UpdateItem'],
    ['testSecret', 'UpdateItem'],
    ['finishSecret', 'PutItem'],
    ['finishSecret', 'UpdateItem'],
  ] as const)('bear that %s is killed after its effect, before its answer (%s)', async (killed, call) => {
    const before = await shop.secret.value();
    const token = await shop.secret.begin();
    for (const step of STEPS) {
      if (step === killed) {
        const end = shop.world.fault(`dynamodb:${call}`, 'error:ValidationException');
        await expect(shop.step(step, token)).rejects.toThrow();
        end();
      }
      await someoneMayLogIn(before, await shop.secret.value(), await shop.secret.value('AWSPENDING'));
      await shop.step(step, token);
    }
    expect((await shop.secret.value()).username).toBe(promoted());
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
    expect(await shop.secret.progress(token)).toMatchObject({ step: 'finishSecret', state: 'done' });
  });

  it.each([
    ['before', 'the password is set'],
    ['after', 'the password was set'],
  ] as const)('bear a connection that breaks %s %s', async (when, _what) => {
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    shop.world.hooks[when].push({
      match: /ALTER ROLE .* PASSWORD/,
      run: () =>
        shop.world.administer(
          'postgres',
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nightshift'`,
        ),
    });
    const first = shop.step('setSecret', token);
    if (when === 'before') await expect(first).rejects.toMatchObject({ name: 'Transient' });
    // Whoever has still to say something after it, fails.
    else await first.catch((error: Error) => expect(error).toMatchObject({ name: 'Transient' }));
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it.each([true, false])('get past what an earlier attempt left behind (password set: %s)', async (set) => {
    const before = await shop.secret.value();
    const first = await shop.secret.begin();
    await shop.step('createSecret', first);
    if (set) await shop.step('setSecret', first);
    await shop.secret.abandon();
    await shop.rotate();
    const now = await shop.secret.value();
    expect(now.username).toBe(promoted());
    expect(now.password).not.toBe(before.password);
    expect(await shop.accepted(now)).toBe(true);
    // What was left behind is not taken up later either.
    await expect(shop.step('finishSecret', first)).rejects.toMatchObject({ name: 'Refused' });
    expect(await shop.secret.value()).toEqual(now);
  });

  it('bear two rotations at once: the one that has the label goes on', async () => {
    const first = await shop.secret.begin();
    await shop.step('createSecret', first);
    await shop.step('setSecret', first);
    await shop.secret.abandon();
    const second = await shop.secret.begin();
    await shop.step('createSecret', second);
    await expect(shop.step('finishSecret', first)).rejects.toMatchObject({ name: 'Refused' });
    await shop.steps(second);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
    expect((await shop.secret.labelled('AWSCURRENT'))?.id).toBe(second);
  });

  it.each(['setSecret', 'testSecret', 'finishSecret'] as const)(
    'wait for a database that is down during %s',
    async (down) => {
      const before = await shop.secret.value();
      const token = await shop.secret.begin();
      for (const step of STEPS) {
        if (step === down) {
          const database = { ...shop.database(), port: 1 };
          await shop.declare({ rotation: { database } });
          await expect(shop.step(step, token)).rejects.toMatchObject({ name: 'Transient' });
          expect(await shop.secret.value()).toEqual(before);
          await someoneMayLogIn(before, await shop.secret.value('AWSPENDING'));
          await shop.declare();
        }
        await shop.step(step, token);
      }
      expect(await shop.accepted(await shop.secret.value())).toBe(true);
    },
  );

  it.each([
    ['is not JSON', 'hunter2hunter2'],
    ['another user', '{"username":"Master","password":"hunter2hunter2"}'],
    ['is binary', Buffer.from('hunter2hunter2')],
  ])('refuse a secret that %s, without quoting it', async (words, value) => {
    const good = JSON.stringify(await shop.secret.value());
    shop.secret = await shop.world.aSecret(`bad-${shop.name.replace(' ', '-')}-${words.length}`, value);
    await shop.declare();
    const token = await shop.secret.begin();
    const refused = { name: 'PreconditionFailed', message: expect.stringContaining(words) };
    await expect(shop.step('createSecret', token)).rejects.toMatchObject(refused);
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      obstacles: [expect.stringContaining(words)],
    });
    expect((await shop.secret.texts()).filter(({ text }) => text !== undefined).length).toBeLessThanOrEqual(
      1,
    );
    await shop.secret.put(good);
    await shop.steps(await currentToken());
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });
  /** The operator's new value ended the rotation that failed: another one begins. */
  async function currentToken(): Promise<string> {
    const pending = await shop.secret.labelled('AWSPENDING');
    return pending?.id ?? (await shop.secret.begin());
  }

  it('is not rotated where a current password is wrong and nobody may act, until somebody may', async () => {
    const { username } = await shop.secret.value();
    await shop.run(`ALTER ROLE ${quoted(username)} PASSWORD 'somebody else'`);
    await shop.declare({ rotation: { adminSecretArn: undefined } });
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      facts: { currentAccepted: false },
      obstacles: [expect.stringMatching(/no administrator/i)],
    });
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('no administrator is declared'),
    });
    expect(await shop.accepted({ username, password: 'somebody else' })).toBe(true);
    await shop.declare();
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('finds a current password that is wrong in the database, and lets the administrator act', async () => {
    const { username } = await shop.secret.value();
    await shop.run(`ALTER ROLE ${quoted(username)} PASSWORD 'somebody else'`);
    expect(await shop.ask({ operation: 'inspect' })).toMatchObject({
      facts: { currentAccepted: false, administrator: true },
      obstacles: [],
      warnings: expect.arrayContaining([expect.stringContaining('refuses')]),
    });
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
    expect(await shop.world.everythingSaid()).toContain('The administrator has set');
  });

  it('goes no further where the administrator is refused', async () => {
    const { username } = await shop.secret.value();
    await shop.run(`ALTER ROLE ${quoted(username)} PASSWORD 'somebody else'`);
    const wrong = await shop.world.aSecret(`wrong-${username.length}-${Date.now()}`, {
      username: 'Master',
      password: 'not that one',
    });
    await shop.declare({ rotation: { adminSecretArn: wrong.arn } });
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('The administrator of main is refused'),
    });
    await shop.declare();
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('refuses a database without TLS, before anything of a login is sent', async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('data', (data) => {
        received.push(data);
        socket.write('N');
      });
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const token = await shop.secret.begin();
    await shop.step('createSecret', token);
    await shop.declare({ rotation: { database: { ...shop.database(), port } } });
    await expect(shop.step('setSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('does not offer TLS'),
    });
    server.close();
    // Length, and the code of an SSLRequest; nothing else.
    expect(Buffer.concat(received).toString('hex')).toBe('0000000804d2162f');
    await shop.declare();
    await shop.steps(token);
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('does not begin with the switch off, and ends what has begun', async () => {
    await shop.world.turnSwitch('off');
    const token = await shop.secret.begin();
    await expect(shop.step('createSecret', token)).rejects.toMatchObject({ name: 'Refused' });
    expect(await shop.secret.value('AWSPENDING')).toEqual({});
    await shop.world.turnSwitch('on');
    await shop.step('createSecret', token);
    await shop.world.turnSwitch('off');
    await shop.steps(token);
    await shop.world.turnSwitch('on');
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('bears labels that are seen late', async () => {
    for (let rotation = 0; rotation < 2; rotation += 1) {
      const end = shop.world.fault('secrets-manager:*', 'late:1');
      const token = await shop.secret.begin();
      for (const step of STEPS) {
        const before = await shop.secret.value();
        // As Secrets Manager does.
        await vi.waitFor(() => shop.step(step, token), { timeout: 20_000, interval: 100 });
        // The test's own look may be late, too.
        await vi.waitFor(
          async () =>
            someoneMayLogIn(before, await shop.secret.value(), await shop.secret.value('AWSPENDING')),
          5000,
        );
      }
      end();
    }
    await vi.waitFor(async () => expect(await shop.accepted(await shop.secret.value())).toBe(true), 5000);
  });

  it('lets Secrets Manager try its configuration with a version that has no value', async () => {
    await shop.step('testSecret', await shop.secret.begin());
  });

  it('refuses a pending version that leads elsewhere', async () => {
    const token = await shop.secret.begin();
    const { username } = await shop.secret.value();
    const elsewhere = { engine: 'postgres', host: 'evil.example.com', username, password: 'hunter2hunter2' };
    await shop.secret.put(JSON.stringify(elsewhere), ['AWSPENDING'], token);
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const)
      await expect(shop.step(step, token)).rejects.toMatchObject({
        name: 'PreconditionFailed',
        message: expect.stringContaining('host'),
      });
    await shop.secret.abandon();
    await shop.rotate();
    expect(await shop.accepted(await shop.secret.value())).toBe(true);
  });

  it('refuses a secret that is not declared, and a token that is not staged', async () => {
    const ask = (SecretId: string, ClientRequestToken: string) =>
      shop.world.ask(shop.handler, { Step: 'createSecret', SecretId, ClientRequestToken });
    const token = await shop.secret.begin();
    await expect(ask(shop.admin.arn, token)).rejects.toMatchObject({ name: 'Refused' });
    const { id = '' } = (await shop.secret.labelled('AWSCURRENT')) ?? {};
    await expect(ask(shop.secret.arn, 'b'.repeat(32))).rejects.toMatchObject({ name: 'Refused' });
    const { texts } = shop.secret;
    const before = await texts();
    await ask(shop.secret.arn, id);
    expect(await texts()).toEqual(before);
  });

  it('has no password in what it sends to the server', async () => {
    shop.world.statements.length = 0;
    await shop.rotate();
    expect(shop.world.statements.filter((text) => / PASSWORD /.test(text))).toEqual([
      expect.stringMatching(/PASSWORD 'SCRAM-SHA-256\$4096:/),
    ]);
  });
}
