import { PreconditionFailed } from '../../errors.ts';
import type { Session } from '../../postgres/session.ts';
import { logger } from '../../step/observability.ts';
import type { Keeping, Pair } from '../keeper/kind.ts';
import { asAdministrator, isAccepted, tryAs } from './connect.ts';
import { type Credential, requireSamePlace } from './credential.ts';
import { setPassword } from './set-password.ts';

const SERVER_TIME = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS milliseconds';

type Single = Keeping<'postgresql-single-user'>;

/**
 * Changes the password in place: by the user itself, or by the administrator where the user is refused with its current one. A password
 * that an earlier attempt has set counts as the user's own.
 */
export async function setSingle(
  { current, pending }: Pair<Credential>,
  keeping: Single,
  leftBehind: () => Promise<readonly Credential[]>,
): Promise<void> {
  const { name, rotation } = keeping.secret;
  requireSamePlace(name, current, pending);
  if (await isAccepted(pending, keeping)) return;
  if (await changePassword(current, pending, keeping)) return;
  const refused = `${rotation.database.name} refuses ${rotation.user} with the current password of ${name}`;
  for (const earlier of await leftBehind())
    if (await changePassword(earlier, pending, keeping)) {
      logger.warn(`${refused}. One that an earlier attempt left behind was set; it was changed.`, {
        secret: name,
      });
      return;
    }
  if ((await asAdministrator(keeping, setBy(pending, keeping))) === undefined)
    throw new PreconditionFailed(
      `${refused}, and no administrator is declared who could act for it. Nothing was changed. Put the right password into the secret, or declare "adminSecret".`,
    );
  logger.warn(`${refused}. The administrator has set the pending one: with it, consumers can log in again.`, {
    secret: name,
  });
}

/** Whether the user could log in with one password, and has set another. */
export async function changePassword(from: Credential, to: Credential, keeping: Single): Promise<boolean> {
  return (await tryAs(from, keeping, setBy(to, keeping), { readOnly: false })) ?? false;
}

/** Sets the password in a session, and tells when: sessions that began before were opened with another one. */
export const setBy =
  ({ user, password }: Credential, { noteChange }: Single) =>
  async (session: Session): Promise<true> => {
    await noteChange?.(await serverTime(session));
    await setPassword(session, user, password);
    await noteChange?.(await serverTime(session));
    return true;
  };

/** By the server's clock, and not earlier than it is. */
async function serverTime(session: Session): Promise<Date> {
  const { rows } = await session.query<{ milliseconds: number }>(SERVER_TIME);
  return new Date(Math.ceil(rows[0]?.milliseconds ?? Date.now()));
}
