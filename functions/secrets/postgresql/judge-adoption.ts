import type { AdoptionFinding } from '../keeper/kind.ts';
import { countOf, type UserSession } from './user-sessions.ts';

/**
 * Whether consumers use the new one of two users. Sessions must be seen: a consumer that has none may be one that cannot log in.
 *
 * @param consumers how many services are declared to use the secret
 */
export function judgeAlternating(
  sessions: ReadonlyArray<Pick<UserSession, 'user'>>,
  { current, old }: { readonly current: string; readonly old: string },
  consumers: number,
): AdoptionFinding[] {
  const of = (name: string) => sessions.filter(({ user }) => user === name).length;
  return [
    someFinding('sessions of the new database user', of(current), current, consumers),
    {
      name: 'no session of the old database user',
      passed: of(old) === 0,
      measured: `${countOf(of(old), old)}, none expected`,
    },
  ];
}

/**
 * Whether consumers have logged in with the new password of their one user: those that did before may not be able to again. What cannot
 * be seen proves nothing.
 */
export function judgeSingle(
  sessions: ReadonlyArray<Pick<UserSession, 'before'>>,
  user: string,
  consumers: number,
): AdoptionFinding[] {
  const after = sessions.filter(({ before }) => before === false).length;
  const older = sessions.length - after;
  return [
    someFinding('sessions that began with the new password', after, user, consumers),
    {
      name: 'no session from before the new password',
      passed: older === 0,
      measured: `${countOf(older, user)} older than the change, none expected`,
    },
  ];
}

function someFinding(name: string, count: number, user: string, consumers: number): AdoptionFinding {
  return consumers === 0
    ? { name, passed: true, measured: `${countOf(count, user)}; the secret has no consumers` }
    : { name, passed: count > 0, measured: `${countOf(count, user)}, at least one expected` };
}
