import { PreconditionFailed } from '../../errors.ts';
import type { Inspection, Keeping } from '../keeper/kind.ts';
import { asAdministrator, tryAs } from './connect.ts';
import type { Credential } from './credential.ts';
import { placeWarnings } from './place-warnings.ts';
import { userSessions } from './user-sessions.ts';

type Single = Keeping<'postgresql-single-user'>;

const WINDOW =
  'From when its password is changed until the new one is current, consumers that connect anew are refused: moments, and measured. Consumers that keep the old one are refused until they are redeployed.';

export async function inspectSingle(current: Credential, keeping: Single): Promise<Inspection> {
  const { user, database, adminSecretArn } = keeping.secret.rotation;
  const administrator = adminSecretArn !== undefined;
  try {
    const sessions = await tryAs(
      current,
      keeping,
      async (session) => (await userSessions(session, [user])).length,
    );
    await asAdministrator(keeping, async () => {});
    const refused = `${database.name} refuses ${user} with the current password: consumers cannot log in`;
    return {
      facts: {
        currentUser: user,
        currentAccepted: sessions !== undefined,
        administrator,
        ...(sessions === undefined ? {} : { sessionsOfCurrentUser: sessions }),
      },
      obstacles:
        sessions === undefined && !administrator
          ? [`${refused}, and no administrator is declared who could act for it.`]
          : [],
      warnings: [
        ...(sessions === undefined && administrator ? [`${refused}. The administrator acts for it.`] : []),
        WINDOW,
        ...placeWarnings(current, database),
      ],
    };
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return { facts: { currentUser: user }, obstacles: [error.message], warnings: [] };
  }
}
