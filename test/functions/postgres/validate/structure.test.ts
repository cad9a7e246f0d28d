import { beforeAll, describe, expect, it } from 'vitest';
import { checkMigrations, judgeHeads } from '../../../../functions/postgres/validate/migrations.ts';
import { parseColumn, parseRelation } from '../../../../functions/postgres/validate/relation-name.ts';
import { checkIndexes, checkTables } from '../../../../functions/postgres/validate/relations.ts';
import { aDatabase } from './a-database.ts';

const database = aDatabase();
/** A table whose name needs quotes everywhere. */
const ODD = '"Odd ""Schema""".My.Table';
const ODD_TABLE = '"Odd ""Schema"""."My.Table"';

beforeAll(() =>
  database.administer(
    'CREATE SCHEMA "Odd ""Schema"""',
    'GRANT USAGE ON SCHEMA "Odd ""Schema""" TO app',
    `CREATE TABLE ${ODD_TABLE} (id int PRIMARY KEY, "the text" text)`,
    `INSERT INTO ${ODD_TABLE} SELECT n, 'text ' || n FROM generate_series(1, 1000) n`,
    `CREATE INDEX "an index; DROP" ON ${ODD_TABLE} ("the text")`,
    'CREATE VIEW a_view AS SELECT 1 AS one',
    `CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)`,
    `CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
    'CREATE INDEX events_id ON events (id)',
  ),
);

describe('a name', () => {
  it.each([
    ['orders', 'public', 'orders'],
    ['Orders', 'public', 'Orders'],
    ['billing.Invoice Lines', 'billing', 'Invoice Lines'],
    ['"a.b".c', 'a.b', 'c'],
    ['"x ""y"""."z"', 'x "y"', 'z'],
  ])('%s is read as it is written', (text, schema, name) => {
    expect(parseRelation(text)).toEqual({ schema, name });
  });

  it.each(['', 'a.', '.a', 'a..b', 'a.b.c', '"a', 'a"b', '"a"b', '""'])('%j is none', (text) => {
    expect(() => parseRelation(text)).toThrow(/is not a name/);
  });

  it('of a column has one part', () => {
    expect(parseColumn('"created at"')).toBe('created at');
    expect(() => parseColumn('orders.created')).toThrow(/is not a name/);
  });
});

describe('expected tables and indexes', () => {
  it('exist, with whatever name', async () => {
    const session = await database.open();
    expect(await checkTables(session, [ODD_TABLE, 'events', 'public.events_2026'])).toMatchObject({
      name: 'tables',
      passed: true,
      measured: '3 of 3 exist',
    });
    expect(await checkIndexes(session, ['"Odd ""Schema"""."an index; DROP"', 'events_id'])).toMatchObject({
      name: 'indexes',
      passed: true,
      measured: '2 of 2 exist',
    });
  });

  it('are named when they are missing', async () => {
    const session = await database.open();
    expect(await checkTables(session, ['EVENTS', 'a_view', 'events'])).toMatchObject({
      passed: false,
      measured: '1 of 3 exist, missing: "public"."EVENTS", "public"."a_view" (something else has this name)',
    });
    expect(await checkTables(session, [ODD])).toMatchObject({
      passed: false,
      measured: expect.stringContaining('is not a name'),
    });
  });
});

describe('the migration head', () => {
  it('of Alembic is compared in any order', async () => {
    await database.administer(
      'CREATE TABLE alembic_version (version_num text)',
      `INSERT INTO alembic_version VALUES ('b2'), ('a1')`,
      'GRANT SELECT ON alembic_version TO app',
    );
    const session = await database.open();
    expect(await checkMigrations(session, { source: 'alembic', heads: ['b2', 'a1'] })).toMatchObject({
      passed: true,
      measured: 'stands at a1, b2, expected b2, a1',
    });
    expect((await checkMigrations(session, { source: 'alembic', heads: ['b2'] })).passed).toBe(false);
    expect((await checkMigrations(session, { source: 'alembic' })).passed).toBe(true);
  });

  it('of Prisma fails with a migration that was not finished', async () => {
    const session = await database.open();
    expect(await checkMigrations(session, { source: 'prisma' })).toMatchObject({
      passed: false,
      measured: 'NOT CHECKED: SQLSTATE 42P01 (a table does not exist)',
    });
    await database.administer(
      'CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz)',
      `INSERT INTO _prisma_migrations VALUES ('20260101_one', '2026-01-01', NULL), ('20260201_two', '2026-02-01', NULL)`,
      'GRANT SELECT ON _prisma_migrations TO app',
    );
    expect(await checkMigrations(session, { source: 'prisma', heads: ['20260201_two'] })).toMatchObject({
      passed: true,
    });
    await database.administer(`INSERT INTO _prisma_migrations VALUES ('20260301_three', NULL, NULL)`);
    expect(await checkMigrations(session, { source: 'prisma', heads: ['20260201_two'] })).toMatchObject({
      passed: false,
      measured: 'stands at 20260201_two, expected 20260201_two, 1 begun and not finished',
    });
  });

  it('comes from a configured statement, which cannot show other data', async () => {
    const session = await database.open();
    const ask = (statement: string) => checkMigrations(session, { source: { statement }, heads: ['7'] });
    expect(await ask('SELECT 7 AS version')).toMatchObject({
      passed: true,
      measured: 'stands at 7, expected 7',
    });
    expect(await ask(`SELECT 'ann@example.com'`)).toMatchObject({
      passed: false,
      measured: 'stands at (not a revision), expected 7',
    });
    expect(await ask('SELECT 1, 2')).toMatchObject({
      measured: 'NOT CHECKED: the configured statement does not select one column',
    });
    expect(await ask('DELETE FROM alembic_version RETURNING version_num')).toMatchObject({
      measured: 'NOT CHECKED: SQLSTATE 42601 (a syntax error)',
    });
  });

  it('that is none is not good', () => {
    expect(judgeHeads([], undefined)).toMatchObject({ passed: false, measured: 'stands at (none)' });
    expect(judgeHeads(['a', 'a'], ['a']).passed).toBe(true);
    expect(judgeHeads([], []).passed).toBe(true);
  });

  it('of which it is not known which it will be is one of those that will do', () => {
    expect(judgeHeads(['a'], { among: ['a', 'b'] })).toMatchObject({
      passed: true,
      measured: 'stands at a, expected among a, b',
    });
    expect(judgeHeads(['a', 'c'], { among: ['a', 'b'] }).passed).toBe(false);
    expect(judgeHeads([], { among: ['a'] }).passed).toBe(false);
    expect(judgeHeads(['a'], { among: ['a'] }, 1).passed).toBe(false);
  });
});
