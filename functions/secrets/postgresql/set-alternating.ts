import { PreconditionFailed } from '../../errors.ts';
import { ensureUser } from '../../postgres/roles/ensure-user.ts';
import type { Session } from '../../postgres/session.ts';
import { logger } from '../../step/observability.ts';
import type { Keeping, Pair } from '../keeper/kind.ts';
import { actAsItself, asAdministrator, isAccepted, tryAs } from './connect.ts';
import { type Credential, requireSamePlace } from './credential.ts';
import { setPassword } from './set-password.ts';
import { countOf, userSessions } from './user-sessions.ts';

type Alternating = Keeping<'postgresql-alternating-users'>;

/**
 * Gives the user whose turn it is its password, and makes the role where it is missing. Done by the administrator: nobody else may.
 *
 * @throws PreconditionFailed where the password would be taken away from somebody who uses it
 */
export async function setAlternating(
  { current, pending }: Pair<Credential>,
  keeping: Alternating,
): Promise<void> {
  const { name, rotation } = keeping.secret;
  requireSamePlace(name, current, pending);
  // An earlier attempt may have set it.
  if (await isAccepted(pending, keeping)) return;
  const works = await isAccepted(current, keeping);
  if (works && pending.user === current.user)
    throw new PreconditionFailed(
      `The pending version of ${name} is of ${pending.user}, which is the current user by now: another rotation has ended meanwhile. Nothing was changed. Remove the label AWSPENDING from that version, and rotate the secret again.`,
    );
  const set = async (session: Session) => {
    await requireUnused(session, pending.user, name);
    await ensureUser(session, {
      user: pending.user,
      like: rotation.users.find((user) => user !== pending.user) ?? current.user,
      ownerRole: rotation.ownerRole,
    });
    await setPassword(session, pending.user, pending.password);
    return true;
  };
  const done =
    (await asAdministrator(keeping, set)) ?? (await setWithoutAdministrator(current, keeping, set));
  if (!done)
    throw new PreconditionFailed(
      `${rotation.database.name} refuses ${current.user} with the current password of ${name}, and no administrator is declared who could act for it. Nothing was changed. Put the right password into the secret, or declare "adminSecret".`,
    );
  if (!works)
    logger.warn(
      `${rotation.database.name} refuses ${current.user} with the current password of ${name}. The administrator has set that of ${pending.user}: with it, consumers can log in again.`,
      { secret: name, user: current.user },
    );
}

/** Only a user with rights over the other one gets through here; the rest is refused by PostgreSQL. */
async function setWithoutAdministrator(
  current: Credential,
  keeping: Alternating,
  set: (session: Session) => Promise<boolean>,
): Promise<boolean> {
  const done = await tryAs(
    current,
    keeping,
    async (session) => {
      await actAsItself(session);
      return await set(session);
    },
    { readOnly: false },
  );
  return done ?? false;
}

/** A consumer that was not given the last value yet would be locked out by the next one. */
async function requireUnused(session: Session, user: string, name: string): Promise<void> {
  const { length } = await userSessions(session, [user]);
  if (length === 0) return;
  throw new PreconditionFailed(
    `There ${length === 1 ? 'is' : 'are'} ${countOf(length, user)}, which takes the next turn of ${name}: a new password would lock out whoever uses it. Nothing was changed. Redeploy the consumers that still use ${user} (run rotate-secret with "unfinished":"finish"), then rotate the secret again.`,
    { user, sessions: length },
  );
}
