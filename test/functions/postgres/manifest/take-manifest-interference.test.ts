import { describe, expect, test } from 'vitest';
import type { ManifestOptions } from '../../../../functions/postgres/manifest/take-manifest.ts';
import { aServer, take } from './database.ts';

const database = aServer();

describe('a manifest that is taken while others write', () => {
  test('has for each table what it held at one and the same moment', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE accounts_a (id int PRIMARY KEY, amount int)',
      'CREATE TABLE accounts_b (id int PRIMARY KEY, amount int)',
      'CREATE TABLE accounts_c (id int PRIMARY KEY, amount int)',
      'INSERT INTO accounts_a SELECT i, i FROM generate_series(1, 500) i',
    );
    // Before each worker begins, all rows move to the next table.
    const steps = [
      'INSERT INTO accounts_a VALUES (501, 501)',
      'WITH moved AS (DELETE FROM accounts_a RETURNING *) INSERT INTO accounts_b SELECT * FROM moved',
      'WITH moved AS (DELETE FROM accounts_b RETURNING *) INSERT INTO accounts_c SELECT * FROM moved',
    ];
    let moved: Promise<unknown> = Promise.resolve();
    const interfering = async () => {
      // Workers connect at the same time; the moves shall come one after the other.
      moved = moved.then(() => run(steps.shift() ?? 'SELECT'));
      await moved;
      return connect();
    };
    const { tables } = await take({ connect: interfering }, { workers: 2 });
    expect(steps).toEqual([]);
    expect(tables.map(({ rows }) => rows.count)).toEqual([501, 0, 0]);
    expect((await take({ connect })).tables.map(({ rows }) => rows.count)).toEqual([0, 0, 501]);
  });

  test('loses and doubles no row that moves, over and over', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE left_side (id int PRIMARY KEY)',
      'CREATE TABLE right_side (id int PRIMARY KEY)',
      'INSERT INTO left_side SELECT generate_series(1, 200)',
    );
    let stopped = false;
    let moves = 0;
    const mover = await connect();
    const moving = (async () => {
      for (; !stopped; moves += 1) {
        const [from, to] =
          Math.floor(moves / 10) % 2 ? ['right_side', 'left_side'] : ['left_side', 'right_side'];
        await mover.query(`WITH moved AS (DELETE FROM ${from} WHERE id % 10 = ${moves % 10} RETURNING *)
          INSERT INTO ${to} SELECT * FROM moved`);
      }
    })();
    try {
      const keysOf = (tables: Awaited<ReturnType<typeof take>>['tables']) =>
        tables.flatMap(({ digests }) => digests).reduce((sum, { keys }) => sum + BigInt(keys ?? 0), 0n);
      const seen = new Set<bigint>();
      for (let round = 0; round < 10; round += 1) {
        const { tables } = await take({ connect });
        expect(tables.reduce((sum, { rows }) => sum + rows.count, 0)).toBe(200);
        seen.add(keysOf(tables));
      }
      expect(seen.size).toBe(1);
    } finally {
      stopped = true;
      await moving;
      await mover.close();
    }
    expect(moves).toBeGreaterThan(10);
  });
});

describe('a manifest is not taken', () => {
  test('of a table that policies hide rows of', async () => {
    const { run, connect } = await database();
    await run('CREATE TABLE hidden (id int)', 'ALTER TABLE hidden ENABLE ROW LEVEL SECURITY');
    await expect(take({ connect: () => connect('reader') })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/public\.hidden.*row-level security/s),
    });
  });

  test.each<[string, Partial<ManifestOptions>, RegExp]>([
    [
      'a critical table',
      { critical: ['public.order'] },
      /"public\.order" is not a table.*Did you mean "public\.orders"/,
    ],
    ['a table of a timestamp column', { timestampColumns: { orders: 'at' } }, /"orders" is not a table/],
    ['a timestamp column', { timestampColumns: { 'public.orders': 'at' } }, /"at" is not a timestamp column/],
    ['a number of buckets', { buckets: 100 }, /power of two/],
  ])('with %s that cannot be', async (_what, options, message) => {
    const { run, connect } = await database();
    await run('CREATE TABLE orders (id int PRIMARY KEY, at text)');
    await expect(take({ connect }, options)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['truncated', 'TRUNCATE orders', /truncated or rewritten/],
    ['rewritten', 'ALTER TABLE orders ALTER id TYPE bigint', /truncated or rewritten/],
    ['dropped', 'DROP TABLE orders', /dropped or altered/],
  ])('when a table is %s meanwhile', async (_what, statement, message) => {
    const { run, connect } = await database();
    await run('CREATE TABLE orders (id int PRIMARY KEY)', 'INSERT INTO orders VALUES (1)');
    let connections = 0;
    const interfering = async () => {
      connections += 1;
      if (connections === 2) await run(statement);
      return connect();
    };
    await expect(take({ connect: interfering })).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringMatching(message),
    });
  });

  test('while DDL holds a table, nor when it takes too long; and no session is left', async () => {
    const { run, connect, name } = await database();
    await run(
      'CREATE TABLE orders (id int PRIMARY KEY)',
      'INSERT INTO orders SELECT generate_series(1, 200000)',
    );
    const ddl = await connect();
    await ddl.query('BEGIN');
    await ddl.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await expect(take({ connect }, { lockTimeoutMilliseconds: 50 })).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('locked by another session'),
      facts: { sqlState: '55P03' },
    });
    await ddl.close();
    await expect(
      take({ connect }, { statementTimeoutMilliseconds: 60, critical: ['public.orders'] }),
    ).rejects.toMatchObject({ name: 'PreconditionFailed', facts: { sqlState: '57014' } });
    // The error of the table, not those of the workers that were stopped for it.
    await run('CREATE TABLE hidden (id int)', 'ALTER TABLE hidden ENABLE ROW LEVEL SECURITY');
    await expect(
      take({ connect: () => connect('reader') }, { workers: 4, critical: ['public.orders'] }),
    ).rejects.toMatchObject({ name: 'PreconditionFailed', facts: { table: 'public.hidden' } });
    await expect
      .poll(() => run(`SELECT FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`))
      .toEqual([]);
  });
});
