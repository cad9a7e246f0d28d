import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import type { Session } from '../../postgres/session.ts';
import type { Keeping } from '../keeper/kind.ts';
import { asAdministrator, isAccepted } from './connect.ts';
import type { Credential } from './credential.ts';
import { otherUser } from './other-user.ts';
import { setUnknownPassword } from './set-password.ts';
import { untilGone } from './until-gone.ts';
import { countOf, endAll, userSessions } from './user-sessions.ts';

type Alternating = Keeping<'postgresql-alternating-users'>;

/** Gives the old user a password that nobody knows, and ends its sessions where that is asked for. */
export async function retireAlternating(
  { current }: { readonly current: Credential },
  { endSessions }: { readonly endSessions: boolean },
  keeping: Alternating,
): Promise<{ done: string }> {
  const { name, rotation } = keeping.secret;
  const old = otherUser(rotation.users, current.user);
  if (!(await isAccepted(current, keeping)))
    throw new PreconditionFailed(
      `${rotation.database.name} refuses ${current.user} with the current password of ${name}: the old value may be the last that works. Nothing was retired. Put the right password into the secret, or rotate it again.`,
    );
  const done = await asAdministrator(keeping, async (session) => {
    if (!endSessions) await requireNone(session, old);
    await setUnknownPassword(session, old);
    return endSessions ? await endThem(session, old, keeping) : 0;
  });
  if (done === undefined)
    throw new PreconditionFailed(
      `No administrator is declared for ${name} who could take the password of ${old} away. Nothing was retired. Declare "adminSecret".`,
    );
  return {
    done: `${old} has a password that nobody knows${endSessions ? `; ${countOf(done, old)} ended` : ''}.`,
  };
}

async function requireNone(session: Session, old: string): Promise<void> {
  const { length } = await userSessions(session, [old]);
  if (length === 0) return;
  throw new PreconditionFailed(
    `There ${length === 1 ? 'is' : 'are'} still ${countOf(length, old)}. Nothing was retired. Redeploy the consumers that use it, and start the runbook again.`,
    { user: old, sessions: length },
  );
}

/** They cannot come back: the password is gone already. */
async function endThem(session: Session, old: string, { signal }: Alternating): Promise<number> {
  const ended = await endAll(session, await userSessions(session, [old]));
  const left = await untilGone(() => userSessions(session, [old]), signal);
  if (left === 0) return ended;
  throw new VerificationFailed(
    `${old} has a password that nobody knows now, but ${countOf(left, old)} could not be ended. Let the administrator end sessions (GRANT pg_signal_backend), and start the runbook again.`,
    { user: old, sessions: left },
  );
}
