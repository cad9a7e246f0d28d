import { beforeAll, describe, expect, it } from 'vitest';
import { checkCollations } from '../../../../functions/postgres/validate/collations.ts';
import {
  checkIndexIntegrity,
  judgeIntegrity,
} from '../../../../functions/postgres/validate/index-integrity.ts';
import { checkInvalidIndexes } from '../../../../functions/postgres/validate/invalid-indexes.ts';
import { aDatabase } from './a-database.ts';

const database = aDatabase();
/** A table whose name needs quotes everywhere. */
const ODD_TABLE = '"Odd ""Schema"""."My.Table"';

beforeAll(() =>
  database.administer(
    'CREATE SCHEMA "Odd ""Schema"""',
    'GRANT USAGE ON SCHEMA "Odd ""Schema""" TO app',
    `CREATE TABLE ${ODD_TABLE} (id int PRIMARY KEY, "the text" text)`,
    `INSERT INTO ${ODD_TABLE} SELECT n, 'text ' || n FROM generate_series(1, 1000) n`,
    `CREATE INDEX "an index; DROP" ON ${ODD_TABLE} ("the text")`,
    `CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)`,
    `CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
    'CREATE INDEX events_id ON events (id)',
    'CREATE INDEX events_brin ON events USING brin (at)',
  ),
);

describe('the integrity of indexes', () => {
  it('is not checked without the extension', async () => {
    const session = await database.open();
    expect(await checkIndexIntegrity(session, [ODD_TABLE])).toMatchObject([
      {
        name: `index integrity of ${ODD_TABLE}`,
        passed: false,
        measured: expect.stringMatching(
          /^NOT CHECKED: the extension amcheck is not installed: run CREATE EXTENSION/,
        ),
      },
    ]);
  });

  it('is not checked without the privilege', async () => {
    await database.administer('CREATE SCHEMA "Tools"', 'CREATE EXTENSION amcheck SCHEMA "Tools"');
    const session = await database.open();
    expect(await checkIndexIntegrity(session, ['events'])).toMatchObject([
      {
        passed: false,
        measured: expect.stringContaining('grant it EXECUTE on "Tools".bt_index_check(regclass, boolean)'),
      },
    ]);
    await database.administer(
      'GRANT USAGE ON SCHEMA "Tools" TO app',
      'GRANT EXECUTE ON FUNCTION "Tools".bt_index_check(regclass, boolean) TO app',
    );
  });

  it('is good for intact ones, those of partitions included', async () => {
    const session = await database.open();
    expect(await checkIndexIntegrity(session, [ODD_TABLE, 'events'], { heapAllIndexed: true })).toMatchObject(
      [
        { passed: true, measured: '2 B-tree indexes intact, rows compared' },
        {
          passed: true,
          measured:
            '1 B-tree index intact, rows compared; 1 of other kinds, which amcheck is not asked about',
        },
      ],
    );
  });

  it('is bad for one whose order has changed, and for one that lacks rows', async () => {
    // A collation of another version changes the order of what is there already; so does this function.
    const order = (sign: string) =>
      `CREATE OR REPLACE FUNCTION fickle(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ${sign} btint4cmp(a, b) $$`;
    const value = (plus: number) =>
      `CREATE OR REPLACE FUNCTION changing(a int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a + ${plus} $$`;
    await database.administer(
      order('+'),
      value(0),
      `CREATE OPERATOR CLASS fickle_ops FOR TYPE int4 USING btree AS
         OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 fickle(int, int)`,
      'CREATE TABLE fickle_rows AS SELECT n FROM generate_series(1, 500) n',
      'CREATE INDEX by_order ON fickle_rows (n fickle_ops)',
      'CREATE INDEX by_value ON fickle_rows (changing(n))',
      order('-'),
      value(1),
    );
    const session = await database.open();
    const [quick] = await checkIndexIntegrity(session, ['fickle_rows']);
    expect(quick).toMatchObject({
      passed: false,
      measured:
        'CORRUPT: public.by_order (XX002); find the cause, then rebuild with REINDEX INDEX CONCURRENTLY; 1 B-tree index intact',
    });
    const [thorough] = await checkIndexIntegrity(session, ['fickle_rows'], { heapAllIndexed: true });
    expect(thorough).toMatchObject({
      passed: false,
      measured: expect.stringMatching(/^CORRUPT: public\.by_order \(XX002\), public\.by_value \(XX00[12]\);/),
    });
  });

  it('is not checked for a table that is not there or has nothing to check', async () => {
    await database.administer('CREATE TABLE bare (id int)');
    const session = await database.open();
    expect(await checkIndexIntegrity(session, ['gone', 'bare'])).toMatchObject([
      { passed: false, measured: 'NOT CHECKED: there is no table "public"."gone"' },
      { passed: false, measured: expect.stringContaining('it has no B-tree index') },
    ]);
  });

  it('is not known while an index was not checked', () => {
    const result = { intact: ['a'], corrupt: [], unknown: ['b (SQLSTATE 57014)'], others: 0 };
    expect(judgeIntegrity('x', result, false)).toMatchObject({
      passed: false,
      measured: 'NOT CHECKED: b (SQLSTATE 57014); 1 B-tree index intact',
    });
  });
});

describe('invalid indexes', () => {
  it('are named, and not checked for integrity', async () => {
    const session = await database.open();
    expect(await checkInvalidIndexes(session)).toMatchObject({ passed: true, measured: 'none' });
    await database.administer('CREATE TABLE "two alike" (n int)', 'INSERT INTO "two alike" VALUES (1), (1)');
    // Fails for the duplicate, and leaves its index behind.
    await expect(
      database.administer('CREATE UNIQUE INDEX CONCURRENTLY "left behind" ON "two alike" (n)'),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await checkInvalidIndexes(session)).toMatchObject({
      passed: false,
      measured: expect.stringMatching(/^1 index is invalid or not ready: public\."left behind"; drop those/),
    });
    expect(await checkIndexIntegrity(session, ['two alike'])).toMatchObject([
      {
        passed: false,
        measured: 'NOT CHECKED: public."left behind" (it is invalid); 0 B-tree indexes intact',
      },
    ]);
  });
});

describe('collation versions', () => {
  it('that are as recorded are quiet', async () => {
    expect(await checkCollations(await database.open())).toMatchObject({
      passed: true,
      measured: 'as recorded',
    });
  });

  it('that differ where an index uses them are a warning', async () => {
    await database.administer(
      `CREATE COLLATION "Used One" (provider = icu, locale = 'de')`,
      `CREATE COLLATION unused (provider = icu, locale = 'fr')`,
      'CREATE TABLE words (word text COLLATE "Used One" PRIMARY KEY)',
      `UPDATE pg_collation SET collversion = '0.1' WHERE collname IN ('Used One', 'unused')`,
      `UPDATE pg_database SET datcollversion = '2.17' WHERE datname = 'shop'`,
    );
    const { measured, passed } = await checkCollations(await database.open());
    expect(passed).toBe(true);
    expect(measured).toMatch(
      /^WARNING: other versions than recorded: the database \(recorded 2\.17, server has .*\), public\."Used One" \(recorded 0\.1, server has [\d.]+\); text indexes/,
    );
    expect(measured).not.toContain('unused');
  });
});
