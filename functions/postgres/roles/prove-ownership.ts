import pg from 'pg';
import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { readOwned } from './compare-ownership.ts';
import { compareUsers } from './compare-users.ts';
import type { TakeOver } from './ownership.ts';
import { readGrants } from './read-grants.ts';
import { readRole } from './role.ts';
import { stillThere } from './still-there.ts';
import { borrowRoles } from './with-roles.ts';

type Finding = Omit<Check, 'at'>;

/** So many differences are in the report. */
const MOST_TOLD = 5;
/** So many tables are tried: each takes some statements. */
const MOST_TRIED = 200;

/** What can be seen of a take-over that is done. Whatever is tried is rolled back. */
export async function proveOwnership(session: Session, plan: TakeOver): Promise<Finding[]> {
  const { users, ownerRole } = plan;
  const differences = await compareUsers(session, users, ownerRole);
  const equal: Finding = {
    name: 'users are equal',
    passed: differences.length === 0,
    measured:
      differences.length === 0
        ? `no difference between ${users.join(' and ')}`
        : `${differences.length} differences: ${differences.slice(0, MOST_TOLD).join(' ')}`.replace(
            /\.$/,
            '',
          ),
  };
  // Without it there is nothing else to be seen.
  if ((await readRole(session, ownerRole)) === undefined) return [equal];
  return [
    equal,
    await proveOwners(session, plan),
    await provePrivileges(session, plan),
    await proveUse(session, plan),
  ];
}

async function proveOwners(session: Session, { users, ownerRole, objects }: TakeOver): Promise<Finding> {
  const left = (await readOwned(session, users)).filter(({ follows }) => !follows);
  const owned = new Set(
    (await readOwned(session, [ownerRole])).map(({ type, identity }) => `${type} ${identity}`),
  );
  const named = objects.flatMap(({ type, names }) => names.map((name) => `${type} ${name}`));
  const given = named.filter((name) => owned.has(name)).length;
  return {
    name: 'objects belong to the owner role',
    passed: left.length === 0,
    measured: `${given} of ${named.length} planned objects belong to ${ownerRole}${given < named.length ? ', others are gone' : ''}; ${left.length} belong to ${users.join(' or ')}${
      left.length === 0
        ? ''
        : `: ${left
            .slice(0, MOST_TOLD)
            .map(({ type, identity }) => `${type} ${identity}`)
            .join(', ')}`
    }`,
  };
}

async function provePrivileges(session: Session, { users, ownerRole, grants }: TakeOver): Promise<Finding> {
  const { rows } = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = rows[0]?.version ?? 0;
  const held = stillThere(
    grants.map((grant) => ({ ...grant, user: ownerRole })),
    await readGrants(session, [ownerRole], ownerRole, version),
  );
  const left = stillThere(
    grants.filter(({ passedOn }) => !passedOn),
    await readGrants(session, users, ownerRole, version),
  );
  return {
    name: 'privileges are those of the owner role',
    passed: left.length === 0,
    measured: `${held.length} of ${grants.length} grants are ${ownerRole}'s; ${left.length} are still a user's own`,
  };
}

/** Acts as new sessions of the users do: reads nothing, and plans a deletion without doing it, for which PostgreSQL asks the same right. */
async function proveUse(session: Session, { ownerRole, objects }: TakeOver): Promise<Finding> {
  const tables = objects
    .filter(({ type }) => type === 'table' || type === 'view')
    .flatMap(({ type, names }) => names.map((table) => ({ type, table })))
    .slice(0, MOST_TRIED);
  const failed: string[] = [];
  await session.query('BEGIN READ WRITE');
  try {
    await borrowRoles(session, [ownerRole]);
    await session.query(`SET LOCAL ROLE ${pg.escapeIdentifier(ownerRole)}`);
    for (const { type, table } of tables)
      for (const statement of [
        `SELECT FROM ${table} LIMIT 0`,
        // Not every view can be written to.
        ...(type === 'table' ? [`EXPLAIN DELETE FROM ${table}`] : []),
      ])
        if (!(await isAllowed(session, statement))) failed.push(table);
  } finally {
    await session.query('ROLLBACK').catch(() => {});
  }
  const names = [...new Set(failed)];
  return {
    name: 'owner role can read and write',
    passed: names.length === 0,
    measured: `${tables.length - names.length} of ${tables.length} tables and views, as ${ownerRole}${names.length === 0 ? '' : `; not ${names.slice(0, MOST_TOLD).join(', ')}`}`,
  };
}

const NOT_ALLOWED = '42501';
/** Was dropped since, or is held by somebody: says nothing about rights. */
const SAYS_NOTHING = new Set(['42P01', '55P03', '3F000']);

async function isAllowed(session: Session, statement: string): Promise<boolean> {
  await session.query('SAVEPOINT attempt');
  try {
    await session.query(statement);
    return true;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (code !== NOT_ALLOWED && !SAYS_NOTHING.has(code)) throw error;
    return code !== NOT_ALLOWED;
  } finally {
    await session.query('ROLLBACK TO SAVEPOINT attempt');
  }
}
