import { beforeEach, describe, expect, it } from 'vitest';
import { findObstacles } from '../../../../functions/postgres/roles/find-obstacles.ts';
import { readOwnership } from '../../../../functions/postgres/roles/read-ownership.ts';
import { aRoleServer, MASTER, PASSWORD, type RoleDatabase } from './role-server.ts';

describe('what stands in the way of a take-over', { timeout: 60_000 }, () => {
  const newDatabase = aRoleServer();
  let database: RoleDatabase;
  let quoted: RoleDatabase['quoted'];
  let role: RoleDatabase['role'];

  beforeEach(async () => {
    database = await newDatabase();
    ({ quoted, role } = database);
    await database.run(
      MASTER,
      `CREATE ROLE ${quoted('app')} LOGIN PASSWORD '${PASSWORD}'`,
      `GRANT CREATE ON SCHEMA public TO ${quoted('app')}`,
    );
  });

  async function obstacles(asked = MASTER): Promise<string[]> {
    const session = await database.open(asked);
    return findObstacles(await readOwnership(session, [role('app'), role('app_b')], role('owner')));
  }
  const asSuperuser = (...statements: string[]) => database.run('rdsadmin', ...statements);

  it('finds nothing where a user was made by the administrator', async () => {
    expect(await obstacles()).toEqual([]);
    expect(await obstacles('rdsadmin')).toEqual([]);
  });

  it('refuses a superuser, whom no owner role can stand for', async () => {
    await asSuperuser(`ALTER ROLE ${quoted('app')} SUPERUSER`);
    expect(await obstacles('rdsadmin')).toEqual([
      `${role('app')} is a superuser, which no owner role can stand for: let the application use another role.`,
    ]);
    expect(await obstacles()).toContain(
      `master may not act as ${role('app')}, to whom objects belong: make it a member of ${role('app')} WITH ADMIN OPTION.`,
    );
  });

  it('refuses an application that uses the administrator, or is a member of it', async () => {
    const session = await database.open();
    const found = await readOwnership(session, [MASTER, role('app_b')], role('owner'));
    expect(findObstacles(found)).toContain(
      `master is the administrator itself, which must not act as ${role('owner')}: let the application use a role of its own.`,
    );
    await asSuperuser(
      `CREATE ROLE ${quoted('admin')} LOGIN CREATEROLE PASSWORD '${PASSWORD}'`,
      `GRANT ${quoted('admin')} TO ${quoted('app')}`,
    );
    expect(await obstacles(role('admin'))).toContain(
      `${role('app')} is a member of the administrator ${role('admin')}: take that membership away first.`,
    );
  });

  it('refuses where another database would be lost to the user', async () => {
    const other = await newDatabase();
    await other.run('rdsadmin', 'CREATE TABLE theirs ()', `ALTER TABLE theirs OWNER TO ${quoted('app')}`);
    expect(await obstacles()).toEqual([
      `In the database ${other.name}, 1 objects belong to ${role('app')} and 0 name it; its sessions would begin as ${role('owner')} there, too: give them to another role first, or let the application use another role there.`,
    ]);
  });

  it('refuses where a third role would have to be acted for, and may not', async () => {
    await asSuperuser(
      `CREATE ROLE ${quoted('third')}`,
      'CREATE TABLE theirs (id int)',
      `ALTER TABLE theirs OWNER TO ${quoted('third')}`,
      `SET ROLE ${quoted('third')}`,
      `GRANT SELECT ON theirs TO ${quoted('app')}`,
      `CREATE POLICY mine ON theirs TO ${quoted('app')}`,
      `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${quoted('app')}`,
      'RESET ROLE',
      `GRANT ${quoted('third')} TO ${quoted('app')}`,
    );
    const found = await obstacles();
    expect(found).toEqual([
      expect.stringContaining(`which gave ${role('app')} SELECT on table public.theirs`),
      expect.stringContaining(`whose default privileges name ${role('app')}`),
      expect.stringContaining('to whom public.theirs with the policy mine belongs'),
      expect.stringContaining(`may not make ${role('owner')} a member of ${role('third')}`),
    ]);
    await asSuperuser(`GRANT ${quoted('third')} TO master WITH ADMIN OPTION`);
    expect(await obstacles()).toEqual([]);
  });

  it('refuses what only superusers may own, and a login at a foreign server that is not to be read', async () => {
    await asSuperuser(
      `ALTER ROLE ${quoted('app')} SUPERUSER`,
      `SET SESSION AUTHORIZATION ${quoted('app')}`,
      'CREATE FOREIGN DATA WRAPPER w',
      'RESET SESSION AUTHORIZATION',
      `ALTER ROLE ${quoted('app')} NOSUPERUSER`,
      'CREATE SERVER elsewhere FOREIGN DATA WRAPPER w',
      `CREATE USER MAPPING FOR ${quoted('app')} SERVER elsewhere OPTIONS (password 'hush-hush')`,
    );
    const found = await obstacles();
    expect(found).toEqual([
      expect.stringContaining(`The foreign-data wrapper w belongs to ${role('app')}`),
      expect.stringContaining('has a user mapping at the server elsewhere'),
    ]);
    expect(found.join()).not.toContain('hush');
  });

  it.each([
    ['LOGIN', 'may log in'],
    ['SUPERUSER', 'is a superuser'],
  ])('refuses an owner role with %s', async (attribute, words) => {
    await asSuperuser(`CREATE ROLE ${quoted('owner')} ${attribute}`);
    expect((await obstacles('rdsadmin')).join()).toContain(`${role('owner')} ${words}`);
  });

  it('refuses an owner role that is within one of its users', async () => {
    await database.run(
      MASTER,
      `CREATE ROLE ${quoted('owner')}`,
      `GRANT ${quoted('app')} TO ${quoted('owner')}`,
      `ALTER ROLE ${quoted('app')} SET role = none`,
    );
    const found = (await obstacles()).join();
    expect(found).toContain(`is a member of ${role('app')}`);
    expect(found).toContain('begins its sessions as none already');
  });

  it('refuses an administrator that may make no roles, or give an attribute that it lacks', async () => {
    await asSuperuser(
      `CREATE ROLE ${quoted('small')} LOGIN PASSWORD '${PASSWORD}'`,
      `GRANT ${quoted('app')} TO ${quoted('small')} WITH ADMIN OPTION`,
      `ALTER ROLE ${quoted('app')} BYPASSRLS`,
    );
    expect(await obstacles(role('small'))).toEqual([
      `${role('small')} may not make ${role('owner')} and ${role('app_b')}: give it CREATEROLE, or make them by hand.`,
      expect.stringContaining(
        `may not act as pg_database_owner, which gave ${role('app')} CREATE on schema public`,
      ),
      expect.stringContaining('(bypassRowSecurity), because it does not have it itself'),
    ]);
  });

  it('refuses an administrator that may give no database away', async () => {
    await asSuperuser(
      `CREATE ROLE ${quoted('small')} LOGIN CREATEROLE PASSWORD '${PASSWORD}'`,
      `GRANT ${quoted('app')} TO ${quoted('small')} WITH ADMIN OPTION`,
      `ALTER DATABASE "${database.name.replaceAll('"', '""')}" OWNER TO ${quoted('app')}`,
    );
    expect(await obstacles(role('small'))).toEqual([expect.stringContaining('needs CREATEDB')]);
  });

  it('refuses where neither user is there', async () => {
    const session = await database.open();
    await expect(readOwnership(session, ['nobody', 'no one'], role('owner'))).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('neither a role nobody nor a role no one'),
    });
  });
});
