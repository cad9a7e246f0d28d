import { PreconditionFailed } from '../../errors.ts';
import type { Session } from '../session.ts';
import { actAs } from './act-as.ts';
import type { OwnedObject } from './compare-ownership.ts';
import { ensureUser } from './ensure-user.ts';
import { type Given, giveObjects, type Patience } from './give-objects.ts';
import { inTransaction } from './in-transaction.ts';
import { movePolicies } from './move-policies.ts';
import type { TakeOver } from './ownership.ts';
import { prepareOwner } from './prepare-owner.ts';
import { readRole } from './role.ts';
import { roleFailure } from './role-failure.ts';
import { setSearchPath } from './set-search-path.ts';

/**
 * Takes a database over, in the order in which every client goes on working at each moment: the users become members of the owner role
 * and so keep what it is given; only then is it given anything; and their new sessions begin as the owner role when all is its own. Each
 * part is a transaction, and one that is done does nothing a second time, so that it goes on wherever it was broken off.
 *
 * @returns how many objects were given by this call, and those that were not
 */
export async function takeOver(
  session: Session,
  plan: TakeOver,
  signal: AbortSignal,
  patience?: Patience,
): Promise<Given> {
  const { users, ownerRole, acts, objects } = plan;
  await prepareOwner(session, plan).catch((error) => {
    throw roleFailure(error, `${ownerRole} could not be made what the plan says`);
  });
  await movePolicies(session, plan, { from: users, to: ownerRole }, signal, patience);
  const named = new Set(
    objects.flatMap(({ user, type, names }) => names.map((name) => keyOf({ user, type, identity: name }))),
  );
  let given = 0;
  for (const user of users)
    given += (
      await giveObjects(
        session,
        user,
        () => ownerRole,
        (one) => named.has(keyOf(one)),
        signal,
        patience,
      )
    ).given;
  const late = await giveLate(session, plan, signal, patience);
  for (const user of acts) {
    const role = await readRole(session, user);
    if (role === undefined)
      throw new PreconditionFailed(
        `The role ${user} is gone. Its objects belong to ${ownerRole} now. Look who dropped it, and start the runbook again.`,
      );
    await inTransaction(session, async () => {
      if (plan.searchPath !== null && user === users[0])
        await setSearchPath(session, user, plan.database, plan.searchPath);
      await actAs(session, role, ownerRole);
    });
  }
  await ensureUser(session, { user: users[1], like: users[0], ownerRole });
  return { given: given + late.given, left: late.left };
}

/** Gives what was made while the run was going on: whoever was connected before makes it as itself. */
export async function giveLate(
  session: Session,
  { users, ownerRole }: TakeOver,
  signal: AbortSignal,
  patience?: Patience,
): Promise<Given> {
  let given = 0;
  const left: string[] = [];
  for (const user of users) {
    const result = await giveObjects(
      session,
      user,
      () => ownerRole,
      () => true,
      signal,
      patience,
    );
    given += result.given;
    left.push(...result.left);
  }
  return { given, left };
}

const keyOf = ({ user, type, identity }: Pick<OwnedObject, 'user' | 'type' | 'identity'>): string =>
  JSON.stringify([user, type, identity]);
