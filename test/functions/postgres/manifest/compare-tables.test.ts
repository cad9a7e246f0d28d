import { open } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { compareWithManifest } from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import { compared, ORDERS } from './comparing.ts';
import { aServer, take, verdicts } from './database.ts';

const database = aServer();

describe('a table compared with its manifest', () => {
  test('is truncated, dropped, new', async () => {
    const make = [...ORDERS, 'CREATE TABLE gone (id int)', 'CREATE TABLE empty (id int PRIMARY KEY)'];
    const test = await database();
    await test.run(...make);
    const manifest = await take(test);
    await test.run('TRUNCATE orders', 'DROP TABLE gone', 'CREATE TABLE "Brand New" (id int)');
    const comparison = await compareWithManifest(() => test.connect(), manifest);
    expect(comparison.passed).toBe(false);
    expect(verdicts(comparison)).toEqual({
      orders: 'truncated',
      gone: 'dropped',
      empty: 'identical',
      'Brand New': 'new',
    });
    expect(comparison.tables.map(({ summary }) => summary)).toEqual([
      'public.empty: identical',
      'public.gone: dropped',
      'public.orders: truncated: none of 1000 rows is left',
      'public."Brand New": new table, not in the manifest',
    ]);
  });

  test('can have any name, and a key of several columns', async () => {
    const make = [
      `CREATE SCHEMA "my ""schema"""`,
      `CREATE TABLE "my ""schema"""."Order's; --" ("the ""Key""" text, "T" timestamptz, "select" uuid DEFAULT gen_random_uuid(),
        t int, class int, keys int, PRIMARY KEY ("the ""Key""", "T"))`,
      `INSERT INTO "my ""schema"""."Order's; --" SELECT 'k' || i % 10, timestamptz '2026-01-01' + i * interval '1 s'
       FROM generate_series(1, 100) i`,
      'CREATE TABLE pairs (a int, b bigint, v text, PRIMARY KEY (b, a))',
      `INSERT INTO pairs SELECT i, i / 10, 'v' FROM generate_series(1, 100) i`,
    ];
    const options = {
      critical: [`"my ""schema"""."Order's; --"`],
      timestampColumns: { '"my ""schema"""."Order\'s; --"': 'T' },
    };
    expect(await compared(database, make, [], options)).toMatchObject({ verdict: 'identical', scope: 'all' });
    expect(
      await compared(
        database,
        make,
        [`DELETE FROM "my ""schema"""."Order's; --" WHERE "the ""Key""" = 'k3'`],
        options,
      ),
    ).toMatchObject({
      verdict: 'different',
      rows: { damaged: 10 },
      summary: expect.stringContaining(`"my ""schema"""."Order's; --": missing or different: 10`),
    });
    expect(
      await compared(
        database,
        make,
        ['DELETE FROM pairs WHERE a = 50', 'INSERT INTO pairs VALUES (101, 10), (1, 11)'],
        {},
        'pairs',
      ),
    ).toMatchObject({
      verdict: 'different',
      rows: { damaged: 1, newer: 2 },
      keyRange: { now: { highest: [{ value: '11' }, { value: '1' }] } },
    });
  });

  test('can be named after anything that has a meaning elsewhere', async () => {
    const names = [
      '"',
      `'`,
      '""',
      '$1',
      '%I %s',
      '\\',
      'Ünï 表',
      'select',
      ' ',
      '--',
      '/*',
      'a.b',
      't',
      'x'.repeat(63),
    ];
    const test = await database();
    await test.run(
      ...names.flatMap((name) => {
        const escaped = pg.escapeIdentifier(name);
        return [
          `CREATE TABLE ${escaped} (${escaped} text PRIMARY KEY, bucket int, rows int)`,
          `INSERT INTO ${escaped} VALUES ('a', 1, 1), ('b', 2, 2)`,
        ];
      }),
    );
    const manifest = await take(test);
    expect(manifest.tables.map(({ name, rows }) => [name, rows.count]).sort()).toEqual(
      names.map((name) => [name, 2]).sort(),
    );
    await test.run(`DELETE FROM "%I %s" WHERE bucket = 1`, `DELETE FROM "--" WHERE rows = 2`);
    const verdict = verdicts(await compareWithManifest(() => test.connect(), manifest));
    expect(
      Object.keys(verdict)
        .filter((name) => verdict[name] !== 'identical')
        .sort(),
    ).toEqual(['%I %s', '--'].sort());
  });

  test('that is partitioned is compared leaf by leaf', async () => {
    const make = [
      'CREATE TABLE days (id int PRIMARY KEY) PARTITION BY RANGE (id)',
      'CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (100)',
      'CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (100) TO (200)',
      'INSERT INTO days SELECT generate_series(0, 199)',
    ];
    const test = await database();
    await test.run(...make);
    const manifest = await take(test);
    await test.run(
      'DELETE FROM days WHERE id = 5',
      'CREATE TABLE days_3 PARTITION OF days FOR VALUES FROM (200) TO (300)',
      'INSERT INTO days VALUES (200)',
    );
    expect(verdicts(await compareWithManifest(() => test.connect(), manifest))).toEqual({
      days_1: 'different',
      days_2: 'identical',
      days_3: 'new',
    });
  });

  test('with other columns says which, and is still compared where columns were only added', async () => {
    expect(
      await compared(database, ORDERS, [
        `ALTER TABLE orders ADD extra int DEFAULT 7`,
        'INSERT INTO orders VALUES (1001)',
      ]),
    ).toMatchObject({
      verdict: 'newer',
      rows: { newer: 1 },
      differences: ['column "extra" (integer) was added'],
    });
    expect(await compared(database, ORDERS, ['ALTER TABLE orders DROP note'])).toMatchObject({
      verdict: 'columns changed',
      passed: false,
      differences: ['column "note" (text) was dropped'],
    });
    expect(await compared(database, ORDERS, ['ALTER TABLE orders ALTER id TYPE bigint'])).toMatchObject({
      verdict: 'columns changed',
      differences: ['column "id" is now bigint, was integer', expect.stringMatching(/orders_pkey|.*/)].slice(
        0,
        1,
      ),
    });
    expect(
      await compared(database, ORDERS, ['ALTER TABLE orders DROP CONSTRAINT orders_pkey']),
    ).toMatchObject({
      verdict: 'columns changed',
      differences: ['the primary key is (), was (id)', 'index "orders_pkey" was dropped'],
    });
  });

  test('with other indexes or grants says which', async () => {
    const make = [
      ...ORDERS,
      'CREATE INDEX kept ON orders (note)',
      'CREATE INDEX lost ON orders (note)',
      'CREATE INDEX broken ON orders (note)',
      'CREATE INDEX other ON orders (note)',
    ];
    const { verdict, passed, differences } = await compared(database, make, [
      'DROP INDEX lost',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass`,
      'DROP INDEX other',
      'CREATE INDEX other ON orders (note DESC)',
      'CREATE INDEX added ON orders (note)',
      'GRANT SELECT ON orders TO reader',
    ]);
    expect({ verdict, passed }).toEqual({ verdict: 'identical', passed: true });
    expect(differences).toEqual([
      'index "lost" was dropped',
      'index "broken" is invalid',
      'index "other" is defined otherwise',
      'index "added" is new',
      'owner, grants or policies are others',
    ]);
  });

  test('that is unlogged is not expected to have kept its rows', async () => {
    expect(
      await compared(
        database,
        ['CREATE UNLOGGED TABLE cache (id int)', 'INSERT INTO cache VALUES (1)'],
        ['TRUNCATE cache'],
        {},
      ),
    ).toMatchObject({
      verdict: 'unchecked',
      passed: true,
      summary: 'public.cache: unchecked; it is unlogged: no restore brings its rows back',
    });
  });

  test('whose file is damaged is unreadable', async () => {
    const test = await database();
    await test.run(
      'CREATE TABLE log (line text)',
      `INSERT INTO log SELECT 'line ' || i FROM generate_series(1, 1000) i`,
      'CREATE TABLE other (id int)',
    );
    const manifest = await take(test);
    // The new file is written past the server's cache, and no index is made that would read it in.
    await test.run('VACUUM FULL log', 'CHECKPOINT');
    const [place] = await test.run(
      `SELECT current_setting('data_directory') AS data, pg_relation_filepath('log') AS file`,
    );
    const file = await open(join(String(place?.data), String(place?.file)), 'r+');
    await file.write(Buffer.alloc(100, 0xff), 0, 100, 4000);
    await file.close();
    const comparison = await compareWithManifest(() => test.connect(), manifest, { workers: 1 });
    expect(comparison.passed).toBe(false);
    expect(verdicts(comparison)).toEqual({ log: 'unreadable', other: 'identical' });
    expect(comparison.tables[0]?.summary).toBe('public.log: unreadable; SQLSTATE XX001');
  });
});
