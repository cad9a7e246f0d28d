import { beforeEach, describe, expect, it } from 'vitest';
import { compareUsers } from '../../../../functions/postgres/roles/compare-users.ts';
import { ensureUser } from '../../../../functions/postgres/roles/ensure-user.ts';
import { aRoleServer, MASTER, makeOwner, PASSWORD, type RoleDatabase } from './role-server.ts';

/** Done by a master that is no superuser, as on RDS. */
describe('making sure of the second user', { timeout: 60_000 }, () => {
  const newDatabase = aRoleServer();
  let database: RoleDatabase;
  let quoted: RoleDatabase['quoted'];
  let users: [string, string];

  beforeEach(async () => {
    database = await newDatabase();
    quoted = database.quoted;
    users = [database.role('app'), database.role('app_b')];
    await makeOwner(database);
  });

  async function ensure(times = 1): Promise<void> {
    const sessions = await Promise.all(Array.from({ length: times }, () => database.open()));
    const [like, user] = users;
    await Promise.all(
      sessions.map((session) => ensureUser(session, { user, like, ownerRole: database.role('owner') })),
    );
  }
  const compare = async () => compareUsers(await database.open(), users, database.role('owner'));

  it('makes one that is equal, and does nothing a second time', async () => {
    expect(await compare()).toEqual([`There is no role ${users[1]}.`]);
    await ensure();
    expect(await compare()).toEqual([]);
    const grants = 'SELECT count(*)::int AS grants FROM pg_auth_members';
    const before = await database.run(MASTER, grants);
    await ensure();
    expect(await compare()).toEqual([]);
    expect(await database.run(MASTER, grants)).toEqual(before);
  });

  it('makes one that cannot log in before it is given a password', async () => {
    await ensure();
    await expect(database.open(users[1])).rejects.toThrow('28P01');
  });

  it('takes over attributes, settings, memberships, and lets the owner role own what it makes', async () => {
    await database.run(
      MASTER,
      `CREATE ROLE ${quoted('readers')}`,
      `GRANT ${quoted('readers')} TO ${quoted('app')} WITH ADMIN TRUE, SET FALSE`,
      `ALTER ROLE ${quoted('app')} CREATEDB NOINHERIT CONNECTION LIMIT 7`,
      `GRANT ${quoted('owner')} TO ${quoted('app')} WITH INHERIT TRUE`,
      `ALTER ROLE ${quoted('app')} SET search_path = "$user", "Größe, ""b""", public`,
      `ALTER ROLE ${quoted('app')} IN DATABASE "${database.name.replaceAll('"', '""')}" SET statement_timeout = '5s'`,
      `GRANT CREATE ON SCHEMA public TO ${quoted('owner')}`,
    );
    await ensure();
    expect(await compare()).toEqual([]);
    await database.run(MASTER, `ALTER ROLE ${quoted('app_b')} PASSWORD '${PASSWORD}'`);
    const settings = await database.run(
      users[1],
      `SELECT current_user::text, session_user::text, current_setting('search_path') AS path`,
    );
    expect(settings).toEqual([
      {
        current_user: database.role('owner'),
        session_user: users[1],
        path: '"$user", "Größe, ""b""", public',
      },
    ]);
    await database.run(users[1], 'CREATE TABLE public.made (id int)');
    expect(
      await database.run(MASTER, `SELECT tableowner::text FROM pg_tables WHERE tablename = 'made'`),
    ).toEqual([{ tableowner: database.role('owner') }]);
  });

  it("copies an application's own settings where the administrator may set them", async () => {
    const setting = `ALTER ROLE ${quoted('app')} SET app.tenant = 'a''b\\c, "d"'`;
    await database.run('rdsadmin', setting);
    await expect(ensure()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('permission denied to set parameter "app.tenant" (42501)'),
    });
    const [like, user] = users;
    await ensureUser(await database.open('rdsadmin'), { user, like, ownerRole: database.role('owner') });
    expect(await compare()).toEqual([]);
  });

  it('lets several that run at once make one', async () => {
    await ensure(4);
    expect(await compare()).toEqual([]);
  });

  it('completes a role that is half made', async () => {
    await database.run(MASTER, `CREATE ROLE ${quoted('app_b')} NOLOGIN CONNECTION LIMIT 1`);
    await ensure();
    expect(await compare()).toEqual([]);
  });

  it('refuses to make one of more power its second user, and changes nothing', async () => {
    await database.run('rdsadmin', `CREATE ROLE ${quoted('app_b')} LOGIN SUPERUSER`);
    await expect(ensure()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('a role of more power'),
    });
    expect(await compare()).toContain(`${users[1]} has the attribute SUPERUSER, ${users[0]} has not.`);
  });

  it('says what the administrator lacks, and leaves nothing half made', async () => {
    await database.run(
      'rdsadmin',
      `CREATE ROLE ${quoted('foreign')}`,
      `GRANT ${quoted('foreign')} TO ${quoted('app')}`,
    );
    await expect(ensure()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/could not be made a role like .*ADMIN option.*42501/),
    });
    expect(await compare()).toEqual([`There is no role ${users[1]}.`]);
  });

  it('takes nothing away that the second user has beyond the first', async () => {
    await database
      .run(MASTER, `CREATE ROLE ${quoted('app_b')} LOGIN`, `GRANT pg_monitor TO ${quoted('app_b')}`)
      .catch(() => {});
    await database.run('rdsadmin', `GRANT pg_monitor TO ${quoted('app_b')}`);
    await ensure();
    expect(await compare()).toEqual([`${users[1]} is a member of pg_monitor, ${users[0]} is not.`]);
  });

  it('refuses where there is nobody to be like', async () => {
    const session = await database.open();
    const [like] = users;
    await expect(ensureUser(session, { user: users[1], like, ownerRole: 'nobody' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});
