import { beforeEach, describe, expect, it } from 'vitest';
import { compareUsers } from '../../../../functions/postgres/roles/compare-users.ts';
import { decideTakeOver } from '../../../../functions/postgres/roles/decide-take-over.ts';
import { findObstacles } from '../../../../functions/postgres/roles/find-obstacles.ts';
import { giveBack, resetSessions } from '../../../../functions/postgres/roles/give-back.ts';
import type { TakeOver } from '../../../../functions/postgres/roles/ownership.ts';
import { proveOwnership } from '../../../../functions/postgres/roles/prove-ownership.ts';
import { readOwnership } from '../../../../functions/postgres/roles/read-ownership.ts';
import { settleTakeOver } from '../../../../functions/postgres/roles/settle-take-over.ts';
import { takeOver } from '../../../../functions/postgres/roles/take-over.ts';
import type { Session } from '../../../../functions/postgres/session.ts';
import { aRoleServer, MASTER, PASSWORD, type RoleDatabase } from './role-server.ts';
import { everything, makeShop } from './single-user-shop.ts';

const { signal } = new AbortController();
const PATIENCE = { attempts: 2, pause: 20 };

/** A master that is no superuser takes over what belongs to an application's only user. */
describe('taking a database over', { timeout: 120_000 }, () => {
  const newDatabase = aRoleServer();
  let database: RoleDatabase;
  let users: [string, string];
  let ownerRole: string;

  beforeEach(async () => {
    database = await newDatabase();
    users = [database.role('app'), database.role('app_b')];
    ownerRole = database.role('owner');
    await makeShop(database);
  });

  const inspect = async () => readOwnership(await database.open(), users, ownerRole);
  async function plan(): Promise<TakeOver> {
    const ownership = await inspect();
    expect(findObstacles(ownership)).toEqual([]);
    return decideTakeOver(ownership);
  }
  async function act(planned: TakeOver, session?: Session) {
    return takeOver(session ?? (await database.open()), planned, signal, PATIENCE);
  }
  const settle = async (planned: TakeOver) =>
    settleTakeOver(await database.open(), planned, new Date(0), signal, PATIENCE);
  const compare = async () => compareUsers(await database.open(), users, ownerRole);

  it('gives all to the owner role and makes the second user equal', async () => {
    const planned = await plan();
    const result = await act(planned);
    expect(result.left).toEqual([]);
    await settle(planned);
    expect(await compare()).toEqual([]);
    const again = await plan();
    expect(again).toMatchObject({ objects: [], grants: [], defaults: [], policies: [], joins: [], acts: [] });
    const after = await everything(database);
    await act(again);
    await settle(again);
    expect(await everything(database)).toEqual(after);
  });

  it('brings everything back', async () => {
    const before = await everything(database);
    const planned = await plan();
    await act(planned);
    await settle(planned);
    const session = await database.open();
    await resetSessions(session, planned);
    expect(await giveBack(session, planned, signal, PATIENCE)).toMatchObject({ left: [] });
    expect(await everything(database)).toEqual(before);
  });

  it('leaves alone what belongs to others, and what others were granted', async () => {
    const others = async () =>
      database.run(
        'rdsadmin',
        `SELECT c.relname, pg_get_userbyid(c.relowner) AS owner, entry.grantee::regrole::text, entry.privilege_type
        FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) AS entry ON true
        WHERE c.relnamespace = 'public'::regnamespace
          AND (pg_get_userbyid(c.relowner) NOT IN ($$${users[0]}$$, $$${ownerRole}$$) OR pg_get_userbyid(entry.grantee) = $$${database.role('reader')}$$)
          AND coalesce(pg_get_userbyid(entry.grantee), '') NOT IN ($$${users[0]}$$, $$${ownerRole}$$)
        ORDER BY 1, 2, 3, 4`,
      );
    const before = await others();
    const names = (await plan()).objects.flatMap((group) => group.names);
    expect(names.filter((name) => /migrations|tenants|of_group/.test(name))).toEqual([]);
    await act(await plan());
    const ofTables = (rows: Record<string, unknown>[]) => rows.map(({ owner: _owner, ...rest }) => rest);
    expect(ofTables(await others())).toEqual(ofTables(before));
    expect(
      await database.run(
        'rdsadmin',
        `SELECT relname FROM pg_class WHERE relname IN ('migrations', 'tenants') AND pg_get_userbyid(relowner) = $$${database.role('migrator')}$$`,
      ),
    ).toHaveLength(2);
  });

  it('lets open and new clients work at every moment, and owns what either makes', async () => {
    const planned = await plan();
    const open = await database.open(users[0]);
    const failures: string[] = [];
    const work = async (session: Session, mark: string) => {
      for (const statement of [
        'INSERT INTO orders ("größe") VALUES (2)',
        'SELECT count(*) FROM open_orders',
        'INSERT INTO lines ("order") VALUES (1)',
        'UPDATE events SET at = at',
        'SELECT * FROM settings',
        'SELECT head FROM migrations',
        'SELECT id FROM tenants',
        'SELECT add(1)',
        'INSERT INTO of_group VALUES (1)',
        `CREATE TABLE IF NOT EXISTS made_${mark} (id int)`,
        `ALTER TABLE made_${mark} ADD COLUMN IF NOT EXISTS more int`,
        `INSERT INTO made_${mark} VALUES (1)`,
        'CREATE TEMPORARY TABLE IF NOT EXISTS scratch (id int)',
      ])
        await session
          .query(statement)
          .catch((error) => failures.push(`${mark}: ${statement}: ${error.message}`));
    };
    let over = false;
    let rounds = 0;
    const clients = (async () => {
      while (!over) {
        await work(open, 'open');
        const again = await database.open(users[0]);
        await work(again, 'again');
        // What the open session makes, the new ones can use, too.
        await again.query('SELECT * FROM made_open').catch((error) => failures.push(error.message));
        await again.close();
        rounds += 1;
      }
    })();
    await act(planned);
    await expect.poll(() => rounds).toBeGreaterThan(1);
    await open.query('CREATE TABLE late (id int)');
    const reconnected = await database.open(users[0]);
    await reconnected.query('INSERT INTO late VALUES (1)');
    await reconnected.query('CREATE TABLE fresh (id int)');
    over = true;
    await clients;
    expect(failures).toEqual([]);
    await settle(planned);
    await open.query('ALTER TABLE late ADD COLUMN more int');
    await reconnected.query('ALTER TABLE late ADD COLUMN yet_more int');
    await open.query('DROP TABLE fresh');
    expect(await compare()).toEqual([]);
    const owners = await database.run(
      'rdsadmin',
      `SELECT DISTINCT tableowner::text AS owner FROM pg_tables WHERE tablename ~ '^(made_|late)'`,
    );
    expect(owners).toEqual([{ owner: ownerRole }]);
    expect(
      (await proveOwnership(await database.open(), planned)).map(({ name, passed }) => [name, passed]),
    ).toEqual([
      ['users are equal', true],
      ['objects belong to the owner role', true],
      ['privileges are those of the owner role', true],
      ['owner role can read and write', true],
    ]);
  });

  it('goes on working while everything is given back', async () => {
    const planned = await plan();
    await act(planned);
    await settle(planned);
    const acting = await database.open(users[0]);
    await acting.query('CREATE TABLE since (id int)');
    const session = await database.open();
    await resetSessions(session, planned);
    // Until it reconnects it acts as the owner role, to which everything still belongs.
    await acting.query('INSERT INTO since VALUES (1)');
    const reconnected = await database.open(users[0]);
    await reconnected.query('INSERT INTO since VALUES (1)');
    await acting.close();
    await giveBack(session, planned, signal, PATIENCE);
    await reconnected.query('ALTER TABLE since ADD COLUMN more int');
    await reconnected.query('INSERT INTO orders ("größe") VALUES (3)');
    await reconnected.query('SELECT id FROM tenants');
    const tables = `SELECT tableowner::text AS owner FROM pg_tables WHERE tablename = 'since'`;
    expect(await database.run(MASTER, tables)).toEqual([{ owner: users[0] }]);
  });

  it('does not wait long for a table that somebody holds, names who it is, and goes on later', async () => {
    const planned = await plan();
    const holder = await database.open(users[0]);
    await holder.query('BEGIN');
    await holder.query('SELECT FROM events_2026');
    const impatient = await database.open(MASTER, database.name, { lockTimeoutMilliseconds: 30 });
    await expect(act(planned, impatient)).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringMatching(
        /^The table .*\.events_2026 could not be given to .*app.*idle in transaction, for \d+ s/,
      ),
    });
    // Half of it is done, and nobody notices.
    const another = await database.open(users[0]);
    await another.query('INSERT INTO orders ("größe") VALUES (2)');
    await holder.query('INSERT INTO events_2026 VALUES ($1)', ['2026-05-05']);
    await holder.query('COMMIT');
    await act(planned);
    await settle(planned);
    expect(await compare()).toEqual([]);
  });

  it('ends the same way wherever it is killed, and whatever ran before', async () => {
    const planned = await plan();
    const total = 400;
    let killed = 0;
    // Each time it gets some statements further than nowhere: every third dies in another place.
    for (let after = 1; after < total; after += 23) {
      const session = await database.open();
      let left = after;
      const dying: Session = {
        ...session,
        async query(statement: string, values?: readonly unknown[]) {
          left -= 1;
          if (left < 0) {
            await session.close();
            throw Object.assign(new Error('killed'), { code: 'ECONNRESET' });
          }
          return session.query(statement, values) as never;
        },
      };
      const died = await act(planned, dying).then(
        () => false,
        () => true,
      );
      if (died) killed += 1;
      const client = await database.open(users[0]);
      await client.query('INSERT INTO orders ("größe") VALUES (2)');
      await client.query('SELECT id FROM tenants');
      await client.query('SELECT * FROM settings');
      await client.close();
      if (!died) break;
    }
    expect(killed).toBeGreaterThan(5);
    await act(planned);
    await settle(planned);
    expect(await compare()).toEqual([]);
    // Nobody has become a member of anything for longer than a transaction.
    const members = await database.run(
      'rdsadmin',
      `SELECT pg_get_userbyid(roleid)::text AS role FROM pg_auth_members
        WHERE pg_get_userbyid(member) = 'master' AND (inherit_option OR set_option) AND pg_get_userbyid(grantor) = 'master'`,
    );
    expect(members).toEqual([]);
  });

  it('takes over both users where the second was a copy of the first', async () => {
    const [app, appB] = [database.quoted('app'), database.quoted('app_b')];
    await database.run(
      MASTER,
      `CREATE ROLE ${appB} LOGIN PASSWORD '${PASSWORD}' IN ROLE ${database.quoted('group')}`,
      `ALTER ROLE ${appB} CONNECTION LIMIT 20`,
      `GRANT CREATE ON SCHEMA public TO ${appB}`,
    );
    await database.run(users[1], 'CREATE TABLE of_clone (id int)', `GRANT SELECT ON of_clone TO ${app}`);
    await database.run(database.role('migrator'), `GRANT SELECT ON migrations TO ${appB}`);
    const before = await everything(database);
    const planned = await plan();
    expect(planned).toMatchObject({ users, makes: { owner: true, second: false } });
    await act(planned);
    await settle(planned);
    expect(await compare()).toEqual([]);
    const session = await database.open();
    await resetSessions(session, planned);
    await giveBack(session, planned, signal, PATIENCE);
    const settings = (rows: unknown) =>
      (rows as { kind: string; type: string }[]).filter(
        ({ kind, type }) => kind !== 'setting' || type !== users[1],
      );
    expect(settings(await everything(database))).toEqual(settings(before));
  });

  it('uses an owner role that is there, and leaves it what it had', async () => {
    const owner = database.quoted('owner');
    await database.run(MASTER, `CREATE ROLE ${owner}`, `GRANT CREATE ON SCHEMA public TO ${owner}`);
    await database.run(
      'rdsadmin',
      'CREATE TABLE of_owner (id int)',
      `ALTER TABLE of_owner OWNER TO ${owner}`,
      `GRANT SELECT ON migrations TO ${owner} GRANTED BY CURRENT_USER`,
    );
    const planned = await plan();
    expect(planned.makes.owner).toBe(false);
    await act(planned);
    await settle(planned);
    expect(await compare()).toEqual([]);
    const session = await database.open();
    await resetSessions(session, planned);
    await giveBack(session, planned, signal, PATIENCE);
    expect(
      await database.run(
        'rdsadmin',
        `SELECT tableowner::text FROM pg_tables WHERE tablename IN ('of_owner', 'orders')`,
      ),
    ).toEqual(expect.arrayContaining([{ tableowner: ownerRole }, { tableowner: users[0] }]));
  });

  it('takes over a database that belongs to the user itself', async () => {
    await database.run(
      'rdsadmin',
      `ALTER DATABASE "${database.name.replaceAll('"', '""')}" OWNER TO ${database.quoted('app')}`,
      // One of its tables is where it may create nothing any more.
      `REVOKE ALL ON SCHEMA locked FROM ${database.quoted('app')}`,
    );
    const before = await everything(database);
    const planned = await plan();
    await act(planned);
    await settle(planned);
    expect(await compare()).toEqual([]);
    const client = await database.open(users[0]);
    await client.query('CREATE SCHEMA more');
    await client.query('DROP SCHEMA more');
    await client.close();
    const session = await database.open();
    await resetSessions(session, planned);
    await giveBack(session, planned, signal, PATIENCE);
    expect(await everything(database)).toEqual(before);
  });
});
