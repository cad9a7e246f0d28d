import type { SecretKind } from '../keeper/kind.ts';
import { newPassword } from '../keeper/password.ts';
import { mustAs } from './connect.ts';
import { type Credential, formatCredential, parseCredential } from './credential.ts';
import { inspectAlternating } from './inspect-alternating.ts';
import { judgeAlternating } from './judge-adoption.ts';
import { otherUser } from './other-user.ts';
import { putBackAlternating } from './put-back-alternating.ts';
import { retireAlternating } from './retire-alternating.ts';
import { setAlternating } from './set-alternating.ts';
import { testAlternating } from './test-alternating.ts';
import { userSessions } from './user-sessions.ts';

/** Two login roles that act through one owner role, and take turns: while one gets its password, consumers use the other. */
export const alternatingUsers: SecretKind<'postgresql-alternating-users', Credential> = {
  kind: 'postgresql-alternating-users',
  parse: (text, { name, rotation }) => parseCredential(text, name, rotation.users),
  format: formatCredential,
  async next({ user, fields }, { secret: { rotation } }) {
    return {
      fields,
      user: otherUser(rotation.users, user),
      password: await newPassword(rotation.password),
    };
  },
  set: setAlternating,
  test: testAlternating,
  inspect: inspectAlternating,
  async proveAdoption({ current }, _since, keeping) {
    const { rotation, consumers } = keeping.secret;
    const old = otherUser(rotation.users, current.user);
    return await mustAs(current, keeping, async (session) => {
      const sessions = await userSessions(session, rotation.users);
      return judgeAlternating(sessions, { current: current.user, old }, consumers.length);
    });
  },
  putBack: putBackAlternating,
  retire: retireAlternating,
};
