import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import type { Session } from '../../postgres/session.ts';
import type { Keeping } from '../keeper/kind.ts';
import { actAsItself, isAccepted, mustAs } from './connect.ts';
import type { Credential } from './credential.ts';
import { untilGone } from './until-gone.ts';
import { countOf, endAll, type UserSession, userSessions } from './user-sessions.ts';

type Single = Keeping<'postgresql-single-user'>;

/** The old password is dead since the new one was set: that is proved; sessions from before are ended where that is asked for. */
export async function retireSingle(
  { current, old }: { readonly current: Credential; readonly old: Credential | undefined },
  { endSessions, changedAt }: { readonly endSessions: boolean; readonly changedAt?: Date },
  keeping: Single,
): Promise<{ done: string }> {
  const { name, rotation } = keeping.secret;
  const { user } = rotation;
  if (old !== undefined && old.password !== current.password && (await isAccepted(old, keeping)))
    throw new PreconditionFailed(
      `${rotation.database.name} still takes the old password of ${user}: the one of ${name} was put back, or is not looked at. Nothing was retired. Rotate the secret again.`,
    );
  const dead = `The old password of ${user} is refused since the new one was set`;
  if (!endSessions) return { done: `${dead}.` };
  // Everybody may end their own sessions.
  const ended = await mustAs(current, keeping, (session) => endOlder(session, user, changedAt, keeping));
  return { done: `${dead}; ${countOf(ended, user)} ended.` };
}

async function endOlder(
  session: Session,
  user: string,
  changedAt: Date | undefined,
  { signal }: Single,
): Promise<number> {
  await actAsItself(session);
  // Where it is not known when the password was changed, all are ended: they come back with the new one.
  const instant = changedAt ?? new Date();
  const older = async () => (await userSessions(session, [user], instant)).filter(isOlder);
  const isOlder = ({ before }: UserSession) => changedAt === undefined || before !== false;
  const sessions = await older();
  const ended = await endAll(session, sessions);
  const same = ({ pid, startedAt }: UserSession) =>
    sessions.some((one) => one.pid === pid && one.startedAt === startedAt);
  const left = await untilGone(async () => (await older()).filter(same), signal);
  if (left === 0) return ended;
  throw new VerificationFailed(
    `${countOf(left, user)} from before the change could not be ended. The old password is refused. Start the runbook again.`,
    { user, sessions: left },
  );
}
