import pg from 'pg';
import type { Session } from '../session.ts';
import type { Attributes, Role } from './role.ts';

/** SUPERUSER is not among them: no application's user is made one. */
const WORDS: Readonly<Record<Exclude<keyof Attributes, 'connectionLimit' | 'superuser'>, string>> = {
  login: 'LOGIN',
  inherit: 'INHERIT',
  createDatabase: 'CREATEDB',
  createRole: 'CREATEROLE',
  replication: 'REPLICATION',
  bypassRowSecurity: 'BYPASSRLS',
};

/** Makes a role. One that may log in has no password yet, and so cannot. */
export async function createRole(
  session: Pick<Session, 'query'>,
  name: string,
  attributes: Attributes,
): Promise<void> {
  await session.query(`CREATE ROLE ${pg.escapeIdentifier(name)} ${clauses(attributes, undefined).join(' ')}`);
}

/** Gives a role the attributes that it should have. What it has already is not said: not everybody may say it. */
export async function alterAttributes(
  session: Pick<Session, 'query'>,
  { name, attributes }: Role,
  wanted: Attributes,
): Promise<void> {
  const changes = clauses(wanted, attributes);
  if (changes.length > 0) await session.query(`ALTER ROLE ${pg.escapeIdentifier(name)} ${changes.join(' ')}`);
}

/** What differs from what is there, or from what a new role has by itself. */
function clauses(wanted: Attributes, present: Attributes | undefined): string[] {
  const before = present ?? NEW_ROLE;
  const changes = Object.entries(WORDS).flatMap(([attribute, word]) => {
    const is = wanted[attribute as keyof typeof WORDS];
    return is === before[attribute as keyof typeof WORDS] ? [] : [is ? word : `NO${word}`];
  });
  if (wanted.connectionLimit !== before.connectionLimit)
    changes.push(`CONNECTION LIMIT ${Math.trunc(wanted.connectionLimit)}`);
  return changes;
}

const NEW_ROLE: Attributes = {
  login: false,
  superuser: false,
  inherit: true,
  createDatabase: false,
  createRole: false,
  replication: false,
  bypassRowSecurity: false,
  connectionLimit: -1,
};
