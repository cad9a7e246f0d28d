import type { Session } from '../session.ts';
import { inTransaction } from './in-transaction.ts';
import { bridge, setDefault } from './move-defaults.ts';
import { moveGrant } from './move-grants.ts';
import type { TakeOver } from './ownership.ts';
import { existing } from './prepare-owner.ts';
import { ofOwner } from './read-defaults.ts';
import { readGrants } from './read-grants.ts';
import { stillThere } from './still-there.ts';
import { borrowRoles } from './with-roles.ts';

/** Gives the users back what they were granted, and the default privileges that they had; all of it or nothing. */
export async function returnPrivileges(session: Session, plan: TakeOver): Promise<void> {
  const { users, ownerRole } = plan;
  const present = await existing(session, users);
  await inTransaction(session, async () => {
    const { rows } = await session.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    const held = await readGrants(session, [ownerRole], ownerRole, rows[0]?.version ?? 0);
    const moved = plan.grants.flatMap((grant) =>
      // By its user again, whom the catalog no longer names.
      stillThere([{ ...grant, user: ownerRole }], held).map((one) => ({ ...one, user: grant.user })),
    );
    const definers = await existing(
      session,
      plan.defaults.map(({ definer }) => definer),
    );
    const returnRoles = await borrowRoles(session, [
      ...present,
      ownerRole,
      ...moved.map(({ grantor }) => grantor),
      ...definers,
    ]);
    for (const user of present) await bridge(session, user, ownerRole, false);
    for (const one of plan.defaults.filter(({ definer }) => definers.includes(definer))) {
      await setDefault(session, one, true);
      if (!one.ownerHad) await setDefault(session, ofOwner(one, users, ownerRole), false);
    }
    for (const grant of moved)
      await moveGrant(session, grant, { from: ownerRole, to: grant.user, kept: grant.ownerHad });
    await returnRoles();
  });
}
