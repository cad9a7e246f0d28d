import pg from 'pg';
import { PreconditionFailed } from '../../errors.ts';
import type { Session } from '../session.ts';
import { actAs } from './act-as.ts';
import { alterAttributes, createRole } from './create-role.ts';
import { grantMembership } from './grant-membership.ts';
import { inTransaction } from './in-transaction.ts';
import { quoteSetting } from './quote-setting.ts';
import { type Attributes, type Role, readRole, type Setting } from './role.ts';
import { roleFailure } from './role-failure.ts';

/** Two that make the same user wait for each other. The lock ends with the transaction. */
const ONE_AT_A_TIME = `SELECT pg_advisory_xact_lock(hashtextextended('nightshift ensure-user ' || $1, 0))`;

/** What nobody gets by being declared the second user: a role that has it was made for something else. */
const POWERS = ['superuser', 'createRole', 'createDatabase', 'replication', 'bypassRowSecurity'] as const;

export interface UserToEnsure {
  readonly user: string;
  /** The other login role, whose attributes, settings and memberships the user gets. */
  readonly like: string;
  readonly ownerRole: string;
}

/**
 * Makes a login role that acts through the owner role just as another one does; it has no password yet, and without one nobody can
 * log in. Does nothing where it is there as it should be. What a role has beyond the other one is not taken away from it, so that a wrong
 * declaration takes nothing from anybody: {@link compareUsers} tells it.
 *
 * @param session of a role with CREATEROLE and the ADMIN option on the owner role (and on the roles that `like` is a member of)
 * @throws PreconditionFailed where a role is missing, the user is a role of more power, or the session's role may not do it;
 *   Transient where somebody else changed the same role at the same moment. In each case nothing was changed.
 */
export async function ensureUser(session: Session, { user, like, ownerRole }: UserToEnsure): Promise<void> {
  try {
    await inTransaction(session, async () => {
      await session.query(ONE_AT_A_TIME, [user]);
      const model = await existing(session, like);
      await existing(session, ownerRole);
      const found = await readRole(session, user);
      if (found === undefined) await createRole(session, user, { ...model.attributes, login: true });
      else {
        refuseMorePower(found, model);
        await alterAttributes(session, found, { ...model.attributes, login: true });
      }
      const present = await existing(session, user);
      await grantMembership(session, present, { role: ownerRole, admin: false, inherit: true, set: true });
      for (const membership of model.memberships)
        if (membership.role !== ownerRole && membership.role !== user)
          await grantMembership(session, present, membership);
      for (const setting of model.settings)
        if (setting.name !== 'role' && !has(present, setting)) await set(session, user, setting);
      await actAs(session, present, ownerRole);
    });
  } catch (error) {
    throw roleFailure(error, `${user} could not be made a role like ${like}`);
  }
}

async function existing(session: Session, name: string): Promise<Role> {
  const role = await readRole(session, name);
  if (role === undefined)
    throw new PreconditionFailed(
      `There is no role ${name} on ${session.address}. Nothing was changed there. Take the database over with take-over-ownership first, or correct the declaration of the secret.`,
    );
  return role;
}

/** A mistyped name must not hand an administrator's role to an application. */
function refuseMorePower({ name, attributes }: Role, like: Role): void {
  const more = POWERS.filter((power: keyof Attributes) => attributes[power] && !like.attributes[power]);
  if (more.length > 0)
    throw new PreconditionFailed(
      `${name} is a role of more power than ${like.name}: it was made for something else. Nothing was changed. Declare another name for the second user, or take that power away from ${name}.`,
      { more },
    );
}

const has = ({ settings }: Role, { database, name, value }: Setting): boolean =>
  settings.some((one) => one.database === database && one.name === name && one.value === value);

async function set(session: Session, user: string, { database, name, value }: Setting): Promise<void> {
  const where = database === null ? '' : ` IN DATABASE ${pg.escapeIdentifier(database)}`;
  await session.query(
    `ALTER ROLE ${pg.escapeIdentifier(user)}${where} SET ${settingName(name)} = ${quoteSetting(name, value)}`,
  );
}

/** A setting of an application's own has a name of two parts, each an identifier. */
const settingName = (name: string): string => name.split('.').map(pg.escapeIdentifier).join('.');
