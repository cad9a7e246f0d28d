import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import type { SecretKind } from '../keeper/kind.ts';
import { newPassword } from '../keeper/password.ts';
import { actAsItself, asAdministrator, isAccepted, mustAs } from './connect.ts';
import { type Credential, formatCredential, parseCredential, requireSamePlace } from './credential.ts';
import { inspectSingle } from './inspect-single.ts';
import { judgeSingle } from './judge-adoption.ts';
import { retireSingle } from './retire-single.ts';
import { changePassword, setBy, setSingle } from './set-single.ts';
import { userSessions } from './user-sessions.ts';

/** One login role, whose password is changed in place: until the label has moved, whoever connects anew is refused. */
export const singleUser: SecretKind<'postgresql-single-user', Credential> = {
  kind: 'postgresql-single-user',
  parse: (text, { name, rotation }) => parseCredential(text, name, [rotation.user]),
  format: formatCredential,
  async next({ user, fields }, { secret: { rotation } }) {
    return { fields, user, password: await newPassword(rotation.password) };
  },
  set: setSingle,
  async test({ current, pending }, keeping) {
    const { name, rotation } = keeping.secret;
    requireSamePlace(name, current, pending);
    if (!(await isAccepted(pending, keeping)))
      throw new VerificationFailed(
        `${rotation.database.name} refuses ${rotation.user} with the pending password of ${name}. No label was moved. Rotate the secret again; see how that user may log in (VALID UNTIL, pg_hba) if it stays so.`,
        { user: rotation.user },
      );
    if (pending.password !== current.password && (await isAccepted(current, keeping)))
      throw new VerificationFailed(
        `${rotation.database.name} takes the current and the pending password of ${rotation.user}: it does not look at them. No label was moved. See how that user logs in (pg_hba).`,
        { user: rotation.user },
      );
  },
  inspect: inspectSingle,
  async proveAdoption({ current }, since, keeping) {
    const { rotation, consumers } = keeping.secret;
    return await mustAs(current, keeping, async (session) => {
      await actAsItself(session);
      const sessions = await userSessions(session, [rotation.user], since);
      return judgeSingle(sessions, rotation.user, consumers.length);
    });
  },
  async putBack({ good, bad }, keeping) {
    const { name, rotation } = keeping.secret;
    const { user } = rotation;
    if (await isAccepted(good, keeping)) return { done: `${user} can log in with its earlier password.` };
    const set =
      (await changePassword(bad, good, keeping)) ||
      (await asAdministrator(keeping, setBy(good, keeping))) === true;
    if (!set)
      throw new PreconditionFailed(
        `${rotation.database.name} refuses ${user} with both passwords of ${name}, and no administrator is declared who could set one. No label was moved. Set it by hand (ALTER ROLE), and start the runbook again.`,
      );
    if (await isAccepted(good, keeping)) return { done: `The earlier password of ${user} was set again.` };
    throw new VerificationFailed(
      `${rotation.database.name} refuses ${user} although its earlier password was just set. No label was moved. See how that user may log in (VALID UNTIL, pg_hba), and start the runbook again.`,
      { user },
    );
  },
  retire: retireSingle,
};
