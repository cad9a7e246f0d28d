import { beforeAll, describe, expect, it } from 'vitest';
import { checkFreshness, judgeFreshness } from '../../../../functions/postgres/validate/freshness.ts';
import { validateDatabase } from '../../../../functions/postgres/validate/validate-database.ts';
import { aDatabase } from './a-database.ts';

const database = aDatabase();
const SECRET = 'ann@example.com';

beforeAll(() =>
  database.administer(
    'SET ROLE app',
    'CREATE SCHEMA "My Shop"',
    'CREATE TABLE "My Shop"."All ""Orders""" (id int PRIMARY KEY, "created at" timestamptz, local timestamp, day date, mail text)',
    `INSERT INTO "My Shop"."All ""Orders""" VALUES
       (1, now() - interval '100 s', (now() AT TIME ZONE 'UTC') - interval '100 s', current_date, '${SECRET}'),
       (2, NULL, NULL, 'infinity', '${SECRET}')`,
    'CREATE TABLE empty (at timestamptz)',
  ),
);
const ORDERS = 'My Shop."All ""Orders"""';

describe('freshness', () => {
  it.each(['created at', '"created at"', 'local'])('is the age of the newest row by %s', async (column) => {
    const session = await database.open();
    const check = await checkFreshness(session, { table: ORDERS, column, limitSeconds: 3600 });
    expect(check).toMatchObject({
      name: `freshness of ${ORDERS}`,
      passed: true,
      measured: expect.stringMatching(/^newest row is 1\d\d s old, limit 3600 s$/),
    });
    expect((await checkFreshness(session, { table: ORDERS, column, limitSeconds: 50 })).passed).toBe(false);
  });

  it('of a day is taken from its beginning in UTC', async () => {
    const session = await database.open();
    expect(
      await checkFreshness(session, { table: ORDERS, column: 'day', limitSeconds: 86_500 }),
    ).toMatchObject({ passed: true });
  });

  it('can be measured from another time, such as that of a snapshot', async () => {
    const session = await database.open();
    const expected = { table: ORDERS, column: 'created at', limitSeconds: 60 };
    const at = new Date(Date.now() + 7 * 86_400_000);
    expect(await checkFreshness(session, expected, at)).toMatchObject({
      passed: false,
      measured: expect.stringMatching(/^newest row is 60\d{4} s old, limit 60 s$/),
    });
    expect((await checkFreshness(session, expected, new Date(Date.now() - 100_000))).passed).toBe(true);
  });

  it.each([
    ['empty', 'at', 'has no row with a time, limit 60 s'],
    [ORDERS, 'mail', 'NOT CHECKED: its column "mail" is missing or holds no time'],
    [ORDERS, 'x"; DROP', expect.stringContaining('is not a name')],
    [ORDERS, 'gone', 'NOT CHECKED: its column "gone" is missing or holds no time'],
    ['gone', 'at', 'NOT CHECKED: there is no table "public"."gone"'],
  ])('of %s by %s is not passed', async (table, column, measured) => {
    const session = await database.open();
    expect(await checkFreshness(session, { table, column, limitSeconds: 60 })).toMatchObject({
      passed: false,
      measured,
    });
  });

  it('is not proved by a row of the future', () => {
    expect(judgeFreshness('x', -10, 60)).toMatchObject({
      passed: true,
      measured: 'newest row is 0 s old, limit 60 s',
    });
    expect(judgeFreshness('x', -1000, 60).passed).toBe(false);
  });
});

describe('the validation of a database', () => {
  it('makes all checks in order', async () => {
    const session = await database.open();
    const evidence = await validateDatabase(session, {
      majorVersion: 18,
      migrations: { source: { statement: `SELECT 'r1'` }, heads: ['r1'] },
      tables: [ORDERS],
      indexes: ['My Shop."All ""Orders""_pkey"'],
      freshness: [{ table: ORDERS, column: 'created at', limitSeconds: 3600 }],
      assertions: [{ name: 'orders have an id', statement: 'SELECT true' }],
      criticalTables: [ORDERS],
    });
    expect(evidence.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['connectivity', true],
      ['server version', true],
      ['migration head', true],
      ['tables', true],
      ['indexes', true],
      ['invalid indexes', true],
      ['collation versions', true],
      [`freshness of ${ORDERS}`, true],
      ['assertion: orders have an id', true],
      [`index integrity of ${ORDERS}`, false],
    ]);
    // amcheck is not installed here: what was not checked has not passed.
    expect(evidence.passed).toBe(false);
    expect(JSON.stringify(evidence)).not.toContain(SECRET);
  });

  it('checks little when little is expected', async () => {
    const { passed, checks } = await validateDatabase(await database.open(), {});
    expect(passed).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(['connectivity', 'invalid indexes', 'collation versions']);
  });

  it('keeps its time, and marks what was not reached', async () => {
    const session = await database.open({ statementTimeoutMilliseconds: 30_000 });
    const started = performance.now();
    const { passed, checks } = await validateDatabase(
      session,
      {
        assertions: [
          { name: 'quick', statement: 'SELECT true' },
          { name: 'hangs', statement: 'SELECT pg_sleep(20) IS NOT NULL' },
          { name: 'later', statement: 'SELECT true' },
        ],
        criticalTables: [ORDERS],
      },
      1500,
    );
    expect(performance.now() - started).toBeLessThan(6000);
    expect(passed).toBe(false);
    expect(checks.slice(3).map(({ measured }) => measured)).toEqual([
      'holds',
      'NOT CHECKED: SQLSTATE 57014 (cancelled, its time was over)',
      'NOT CHECKED: not reached, the time budget of 1500 ms was used up',
      'NOT CHECKED: not reached, the time budget of 1500 ms was used up',
    ]);
    // The session is as it was opened.
    expect((await session.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '30s' }]);
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('of a session that is lost says so in each check', async () => {
    const session = await database.open();
    await session.close();
    const { passed, checks } = await validateDatabase(session, { majorVersion: 18 });
    expect(passed).toBe(false);
    expect(new Set(checks.map(({ measured }) => measured))).toEqual(
      new Set(['NOT CHECKED: the connection to the database was lost']),
    );
  });
});
