import { beforeAll, describe, expect, it } from 'vitest';
import { compareUsers } from '../../../../functions/postgres/roles/compare-users.ts';
import { ensureUser } from '../../../../functions/postgres/roles/ensure-user.ts';
import { aRoleServer, MASTER, makeOwner, PASSWORD, type RoleDatabase } from './role-server.ts';

/** What somebody did, and what is said of it; APP, APP_B, THE_OWNER and OTHER stand for quoted names, `app` … for plain ones. */
const DIFFERENCES: Record<string, readonly [statements: readonly string[], differences: readonly string[]]> =
  {
    'an attribute': [['ALTER ROLE APP CREATEDB'], ['{app} has the attribute CREATEDB, {app_b} has not.']],
    'row-level security passed by': [
      ['ALTER ROLE APP_B BYPASSRLS'],
      ['{app_b} has the attribute BYPASSRLS, {app} has not.'],
    ],
    'a connection limit': [
      ['ALTER ROLE APP_B CONNECTION LIMIT 1'],
      ['{app} may have any number of connections at a time, {app_b} one connection.'],
    ],
    'a password that is over': [
      [`ALTER ROLE APP VALID UNTIL '2001-01-01'`, `ALTER ROLE APP_B VALID UNTIL '2999-01-01'`],
      ['The password of {app} is no longer valid (VALID UNTIL has passed).'],
    ],
    'a membership': [
      ['GRANT OTHER TO APP_B', 'GRANT SELECT ON t TO OTHER'],
      ['{app_b} is a member of {other}, {app} is not.'],
    ],
    'a membership with another option': [
      ['GRANT OTHER TO APP, APP_B', 'GRANT OTHER TO APP_B WITH SET FALSE'],
      [
        '{app} is a member of {other} with ADMIN FALSE, INHERIT TRUE, SET TRUE, {app_b} with ADMIN FALSE, INHERIT TRUE, SET FALSE.',
      ],
    ],
    'a user that is a member of the other': [
      ['GRANT APP TO APP_B', 'GRANT SELECT ON t TO APP'],
      ['{app_b} is a member of {app}, {app} is not.'],
    ],
    'a user that is no member of the owner role': [
      ['REVOKE THE_OWNER FROM APP_B GRANTED BY master'],
      ['{app_b} is not a member of {owner}.'],
    ],
    'a user that does not inherit the owner role': [
      ['GRANT THE_OWNER TO APP_B WITH INHERIT FALSE GRANTED BY master'],
      [
        '{app_b} is a member of {owner} that may not inherit it.',
        '{app} is a member of {owner} with ADMIN FALSE, INHERIT TRUE, SET TRUE, {app_b} with ADMIN FALSE, INHERIT FALSE, SET TRUE.',
      ],
    ],
    'a user that acts for itself': [
      ['ALTER ROLE APP_B RESET role'],
      ['{app_b} does not begin its sessions as {owner}: what it makes belongs to itself.'],
    ],
    'a user that acts as somebody else, here alone': [
      ['ALTER ROLE APP IN DATABASE DATABASE SET role = OTHER'],
      ['{app} begins its sessions as {other}, not as {owner}.'],
    ],
    'an owner role that may log in': [['ALTER ROLE THE_OWNER LOGIN'], ['{owner} may log in itself (LOGIN).']],
    'a setting': [
      ['ALTER ROLE APP SET search_path = nowhere, public'],
      ['{app} has a setting of search_path, {app_b} has none.'],
    ],
    'a setting in one database': [
      [
        `ALTER ROLE APP IN DATABASE DATABASE SET statement_timeout = '1s'`,
        `ALTER ROLE APP_B IN DATABASE DATABASE SET statement_timeout = '2s'`,
      ],
      ['{app} and {app_b} have different settings of statement_timeout in the database {database}.'],
    ],
    'privileges on a database': [
      ['GRANT TEMPORARY, CREATE ON DATABASE DATABASE TO APP'],
      // Everybody may make temporary tables.
      ['{app} may CREATE on database {DATABASE}, {app_b} may not.'],
    ],
    'privileges on a schema': [
      ['GRANT CREATE ON SCHEMA s TO APP_B'],
      ['{app_b} may CREATE on schema s, {app} may not.'],
    ],
    'privileges on a table': [
      ['GRANT SELECT, UPDATE ON t TO APP', 'GRANT SELECT ON t TO THE_OWNER', 'GRANT INSERT ON t TO APP_B'],
      [
        '{app} may UPDATE on table public.t, {app_b} may not.',
        '{app_b} may INSERT on table public.t, {app} may not.',
      ],
    ],
    'a privilege that one may pass on': [
      ['GRANT SELECT ON t TO APP WITH GRANT OPTION', 'GRANT SELECT ON t TO APP_B'],
      ['{app} may SELECT WITH GRANT OPTION on table public.t, {app_b} may not.'],
    ],
    'privileges on a column': [
      [
        'GRANT UPDATE ("größe") ON t TO APP_B',
        'GRANT SELECT (id) ON t TO APP',
        'GRANT SELECT ON t TO THE_OWNER',
      ],
      ['{app_b} may UPDATE on table column public.t."größe", {app} may not.'],
    ],
    'privileges on a view': [
      ['GRANT SELECT ON v TO APP'],
      ['{app} may SELECT on view public.v, {app_b} may not.'],
    ],
    'privileges on a sequence': [
      ['GRANT USAGE ON SEQUENCE q TO APP'],
      ['{app} may USAGE on sequence public.q, {app_b} may not.'],
    ],
    'privileges on a function': [
      ['REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC', 'GRANT EXECUTE ON FUNCTION f(int) TO APP_B'],
      ['{app_b} may EXECUTE on function public.f(integer), {app} may not.'],
    ],
    'a function that everybody may call': [['GRANT EXECUTE ON FUNCTION f(int) TO APP_B'], []],
    'privileges on a type': [
      ['REVOKE USAGE ON TYPE mood FROM PUBLIC', 'GRANT USAGE ON TYPE mood TO APP'],
      ['{app} may USAGE on type public.mood, {app_b} may not.'],
    ],
    'privileges on a language': [
      ['REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC', 'GRANT USAGE ON LANGUAGE plpgsql TO APP'],
      ['{app} may USAGE on language plpgsql, {app_b} may not.'],
    ],
    'privileges on a foreign server': [
      ['GRANT USAGE ON FOREIGN DATA WRAPPER w TO APP', 'GRANT USAGE ON FOREIGN SERVER elsewhere TO APP_B'],
      [
        '{app} may USAGE on foreign-data wrapper w, {app_b} may not.',
        '{app_b} may USAGE on server elsewhere, {app} may not.',
      ],
    ],
    'privileges on a large object': [
      ['GRANT SELECT ON LARGE OBJECT 4711 TO APP'],
      ['{app} may SELECT on large object 4711, {app_b} may not.'],
    ],
    'privileges on a parameter': [
      ['GRANT SET ON PARAMETER log_min_messages TO APP'],
      ['{app} may SET on parameter ACL log_min_messages, {app_b} may not.'],
    ],
    'what belongs to one of them': [
      [
        'ALTER TABLE t OWNER TO APP',
        'ALTER FUNCTION f(int) OWNER TO APP_B',
        'ALTER SCHEMA s OWNER TO APP_B',
        'ALTER TYPE mood OWNER TO APP',
        'CREATE PUBLICATION p FOR TABLE t',
        'GRANT CREATE ON DATABASE DATABASE TO THE_OWNER',
        'ALTER PUBLICATION p OWNER TO APP',
      ],
      [
        'publication p belongs to {app}, not to {owner}.',
        'table public.t belongs to {app}, not to {owner}.',
        'type public.mood belongs to {app}, not to {owner}.',
        'function public.f(integer) belongs to {app_b}, not to {owner}.',
        'schema s belongs to {app_b}, not to {owner}.',
      ],
    ],
    'defaults of one of them': [
      [
        'ALTER DEFAULT PRIVILEGES FOR ROLE APP GRANT SELECT ON TABLES TO OTHER',
        'ALTER DEFAULT PRIVILEGES FOR ROLE APP IN SCHEMA s GRANT EXECUTE ON FUNCTIONS TO OTHER',
        'ALTER DEFAULT PRIVILEGES FOR ROLE APP_B GRANT SELECT ON TABLES TO OTHER',
      ],
      ['Privileges on new functions in the schema s are not the same for those of {app} and of {app_b}.'],
    ],
    'defaults of others for one of them': [
      [
        'ALTER DEFAULT PRIVILEGES FOR ROLE OTHER GRANT SELECT, INSERT ON TABLES TO APP',
        'ALTER DEFAULT PRIVILEGES FOR ROLE OTHER GRANT INSERT ON TABLES TO THE_OWNER',
      ],
      ['{app} is given SELECT on new tables of {other}, {app_b} is not.'],
    ],
    'a policy for one of them': [
      [
        'CREATE POLICY "only mine" ON t TO APP USING (true)',
        'CREATE POLICY ours ON t TO THE_OWNER USING (true)',
        'CREATE POLICY "of both" ON t TO APP, APP_B USING (true)',
        'CREATE POLICY everybody ON t USING (true)',
      ],
      ['The row-level-security policy only mine on t holds for {app} and not for {app_b}.'],
    ],
  };

describe('comparing two users', { timeout: 60_000 }, () => {
  const newDatabase = aRoleServer();
  let database: RoleDatabase;
  let users: [string, string];

  beforeAll(async () => {
    database = await newDatabase();
    users = [database.role('app'), database.role('app_b')];
    await makeOwner(database);
    const session = await database.open();
    await ensureUser(session, { user: users[1], like: users[0], ownerRole: database.role('owner') });
    await database.run(
      'rdsadmin',
      `CREATE ROLE ${database.quoted('other')}`,
      'CREATE TABLE t (id int, "größe" int)',
      'CREATE SCHEMA s',
      'CREATE VIEW v AS SELECT 1 AS one',
      'CREATE SEQUENCE q',
      `CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      `CREATE TYPE mood AS ENUM ('good', 'bad')`,
      'CREATE FOREIGN DATA WRAPPER w',
      'CREATE SERVER elsewhere FOREIGN DATA WRAPPER w',
      'SELECT lo_create(4711)',
    );
  });

  const names = (text: string) => {
    const { quoted, role, name } = database;
    return text
      .replaceAll(/\{(app_b|app|owner|other)\}/g, (_, plain) => role(plain))
      .replaceAll('{database}', name)
      .replaceAll(
        /\{?\bDATABASE( DATABASE)?\b\}?/g,
        (_, twice) => `${twice ? 'DATABASE ' : ''}"${name.replaceAll('"', '""')}"`,
      )
      .replaceAll(/\b(APP_B|APP|THE_OWNER|OTHER)\b/g, (_, plain) =>
        quoted(plain.replace('THE_', '').toLowerCase()),
      );
  };
  const compare = async (pair = users) => compareUsers(await database.open(), pair, database.role('owner'));

  it('finds none between a user and the one that was made like it', async () => {
    expect(await compare()).toEqual([]);
  });

  /** Nothing of it stays: the next test finds the users equal again. */
  async function told(statements: readonly string[]): Promise<[string[], string[]]> {
    const session = await database.open('rdsadmin');
    await session.query('BEGIN');
    for (const statement of statements) await session.query(statement);
    const [one, other] = users;
    const owner = database.role('owner');
    return [await compareUsers(session, users, owner), await compareUsers(session, [other, one], owner)];
  }

  it.each(Object.entries(DIFFERENCES))('tells %s', async (_, [statements, differences]) => {
    const [there, back] = await told(statements.map(names));
    expect(there).toEqual(differences.map(names));
    // It makes no difference which of them is said first.
    expect(back).toHaveLength(differences.length);
  });

  it('tells many differences of one sort by the first of them', async () => {
    const tables = Array.from({ length: 30 }, (_, n) => `t${n}`);
    const [sentences] = await told([
      ...tables.map((table) => `CREATE TABLE ${table} ()`),
      `GRANT SELECT ON ${tables.join(', ')} TO ${database.quoted('app')}`,
    ]);
    expect(sentences).toHaveLength(26);
    expect(sentences.at(-1)).toBe('There are 5 more of this sort.');
  });

  it('is asked by any role that may connect', async () => {
    await database.run(MASTER, `CREATE ROLE ${database.quoted('asker')} LOGIN PASSWORD '${PASSWORD}'`);
    const session = await database.open(database.role('asker'));
    expect(await compareUsers(session, users, database.role('owner'))).toEqual([]);
  });

  it('tells what another database says of them', async () => {
    const elsewhere = await newDatabase();
    await elsewhere.run(
      'rdsadmin',
      'CREATE TABLE theirs ()',
      `ALTER TABLE theirs OWNER TO ${database.quoted('app')}`,
      'CREATE TABLE others ()',
      `GRANT SELECT ON others TO ${database.quoted('app_b')}`,
    );
    expect(await compare()).toEqual([
      `In the database ${elsewhere.name}, one object belongs to ${users[0]}, not to ${database.role('owner')}.`,
      `In the database ${elsewhere.name}, privileges or policies of 0 objects name ${users[0]}, and of 1 name ${users[1]}.`,
    ]);
  });
});
