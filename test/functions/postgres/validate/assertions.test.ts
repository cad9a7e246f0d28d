import { beforeAll, describe, expect, it } from 'vitest';
import { checkAssertion } from '../../../../functions/postgres/validate/assertions.ts';
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
    'CREATE TABLE written (n int)',
    `CREATE FUNCTION write_it() RETURNS boolean LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING true'`,
    'CREATE SEQUENCE numbers',
  ),
);

describe('an assertion', () => {
  const run = async (statement: string, settings = {}) =>
    checkAssertion(await database.open(settings), { name: 'what we assert', statement });

  it.each([
    ['true', 'SELECT count(*) > 0 FROM "My Shop"."All ""Orders"""', true, 'holds'],
    ['true, with a comment and a semicolon', 'SELECT true; -- as ever', true, 'holds'],
    ['true, in a WITH', 'WITH x AS (SELECT 1 AS n) SELECT n = 1 FROM x', true, 'holds'],
    ['false', 'SELECT 1 = 2', false, 'does not hold'],
    ['unknown', 'SELECT NULL::boolean', false, 'does not hold: the answer is unknown (NULL)'],
    [
      'of another type',
      `SELECT mail FROM "My Shop"."All ""Orders"""`,
      false,
      'NOT CHECKED: it does not select exactly one boolean column',
    ],
    [
      'of two columns',
      'SELECT true, true',
      false,
      'NOT CHECKED: it does not select exactly one boolean column',
    ],
    ['of no row', 'SELECT true WHERE false', false, 'NOT CHECKED: it selects no row instead of one'],
    [
      'of many rows',
      'SELECT true FROM generate_series(1, 100000)',
      false,
      'NOT CHECKED: it selects several rows instead of one',
    ],
    ['empty', '', false, 'REFUSED: it is not one well-formed SELECT (SQLSTATE 42601 (a syntax error))'],
  ])('that is %s', async (_, statement, passed, measured) => {
    expect(await run(statement)).toMatchObject({ name: 'assertion: what we assert', passed, measured });
  });

  it.each([
    ['a DELETE', 'DELETE FROM written RETURNING true', '42601'],
    ['several statements', 'SELECT true; DELETE FROM written', '42601'],
    ['an end of the transaction', 'SELECT true; COMMIT; DELETE FROM written', '42601'],
    ['a write in a WITH', 'WITH d AS (DELETE FROM written RETURNING true AS x) SELECT x FROM d', '0A000'],
    ['a function that writes', 'SELECT write_it()', '25006'],
    ['a sequence', `SELECT nextval('numbers') > 0`, '25006'],
    ['a lock on rows', 'SELECT true FROM written FOR UPDATE', '25006'],
    ['a table made of it', 'SELECT true INTO made', '42601'],
  ])('that tries %s is refused', async (_, statement, state) => {
    await database.administer('TRUNCATE written', 'INSERT INTO written VALUES (42)');
    // The session may write: the transaction may not.
    const check = await run(statement, { readOnly: false });
    expect(check.passed).toBe(false);
    expect(check.measured).toMatch(new RegExp(`^REFUSED: .*SQLSTATE ${state}`));
    const session = await database.open();
    expect((await session.query('SELECT n FROM written')).rows).toEqual([{ n: 42 }]);
  });

  it('cannot free itself from being read only', async () => {
    const free = `SELECT set_config('transaction_read_only', 'off', false) = 'off'`;
    expect((await run(`${free} AND write_it()`, { readOnly: false })).passed).toBe(false);
    const session = await database.open();
    const later = `SELECT set_config('default_transaction_read_only', 'off', false) = 'off'`;
    expect((await checkAssertion(session, { name: 'x', statement: later })).passed).toBe(true);
    expect((await session.query('SHOW default_transaction_read_only')).rows).toEqual([
      { default_transaction_read_only: 'on' },
    ]);
  });

  it('that goes wrong tells the SQLSTATE and no value', async () => {
    const check = await run('SELECT mail::int = 1 FROM "My Shop"."All ""Orders"""');
    expect(check).toMatchObject({
      passed: false,
      measured: 'NOT CHECKED: SQLSTATE 22P02 (a value that its type does not take)',
    });
    expect(JSON.stringify(check)).not.toContain('ann');
  });

  it('that hangs is cancelled, and the session goes on', async () => {
    const session = await database.open({ statementTimeoutMilliseconds: 150 });
    const hanging = { name: 'hangs', statement: 'SELECT pg_sleep(30) IS NULL' };
    expect(await checkAssertion(session, hanging)).toMatchObject({
      passed: false,
      measured: 'NOT CHECKED: SQLSTATE 57014 (cancelled, its time was over)',
    });
    expect((await checkAssertion(session, { name: 'next', statement: 'SELECT true' })).passed).toBe(true);
  });
});
