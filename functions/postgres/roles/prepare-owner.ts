import type { Session } from '../session.ts';
import { alterAttributes, createRole } from './create-role.ts';
import { grantMembership } from './grant-membership.ts';
import { inTransaction } from './in-transaction.ts';
import { bridge, setDefault } from './move-defaults.ts';
import { moveGrant } from './move-grants.ts';
import type { TakeOver } from './ownership.ts';
import { ofOwner } from './read-defaults.ts';
import { readGrants } from './read-grants.ts';
import { readRole } from './role.ts';
import { stillThere } from './still-there.ts';
import { borrowRoles } from './with-roles.ts';

const VERSION = `SELECT current_setting('server_version_num')::int AS version`;

/** Makes the owner role able to stand for its users; all of it or nothing. */
export async function prepareOwner(session: Session, plan: TakeOver): Promise<void> {
  const { users, ownerRole, attributes, memberships, joins } = plan;
  const { version } = (await session.query<{ version: number }>(VERSION)).rows[0] as { version: number };
  await inTransaction(session, async () => {
    const found = await readRole(session, ownerRole);
    if (found === undefined) await createRole(session, ownerRole, attributes);
    else await alterAttributes(session, found, attributes);
    const owner = await readRole(session, ownerRole);
    if (owner === undefined) throw new Error(`The role ${ownerRole} was made and is not there.`);
    for (const name of joins) {
      const user = await readRole(session, name);
      if (user !== undefined)
        await grantMembership(session, user, { role: ownerRole, admin: false, inherit: true, set: true });
    }
    for (const membership of memberships) await grantMembership(session, owner, membership);

    const grants = stillThere(plan.grants, await readGrants(session, users, ownerRole, version));
    const definers = await existing(
      session,
      plan.defaults.map(({ definer }) => definer),
    );
    const defaults = plan.defaults.filter(({ definer }) => definers.includes(definer));
    const giveBack = await borrowRoles(session, [
      ...(await existing(session, users)),
      ownerRole,
      ...grants.map(({ grantor }) => grantor),
      ...definers,
    ]);
    for (const user of await existing(session, users)) await bridge(session, user, ownerRole, true);
    for (const one of defaults) {
      await setDefault(session, ofOwner(one, users, ownerRole), true);
      // A user's own default stays until nobody makes anything as that user any more.
      if (!users.includes(one.definer)) await setDefault(session, one, false);
    }
    for (const grant of grants)
      await moveGrant(session, grant, {
        from: grant.user,
        to: ownerRole,
        kept: grant.passedOn ? grant.privileges : [],
      });
    await giveBack();
  });
}

export async function existing(session: Session, names: readonly string[]): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    'SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY ($1::name[])',
    [names],
  );
  return rows.map(({ name }) => name);
}
