import { PreconditionFailed } from '../../errors.ts';
import { compareUsers } from '../../postgres/roles/compare-users.ts';
import type { Session } from '../../postgres/session.ts';
import type { Inspection, Keeping } from '../keeper/kind.ts';
import { asAdministrator, COMPARING, tryAs } from './connect.ts';
import type { Credential } from './credential.ts';
import { otherUser } from './other-user.ts';
import { placeWarnings } from './place-warnings.ts';
import { countOf, userSessions } from './user-sessions.ts';

type Alternating = Keeping<'postgresql-alternating-users'>;

const MISSING = 'SELECT 1 FROM pg_roles WHERE rolname = $1';

/** Looks at both users, as the current one, or as the administrator where that one is refused. */
export async function inspectAlternating(current: Credential, keeping: Alternating): Promise<Inspection> {
  const { rotation } = keeping.secret;
  const next = otherUser(rotation.users, current.user);
  const look = (session: Session) => lookAt(session, { current: current.user, next }, keeping);
  const administered = rotation.adminSecretArn !== undefined;
  try {
    const seen = await tryAs(current, keeping, look, COMPARING);
    // Whether the administrator can act is better known before a rotation than in it.
    const found =
      (await asAdministrator(keeping, async (session) => seen ?? (await look(session)), COMPARING)) ?? seen;
    return {
      facts: {
        currentUser: current.user,
        nextUser: next,
        ownerRole: rotation.ownerRole,
        currentAccepted: seen !== undefined,
        administrator: administered,
        ...found?.facts,
      },
      obstacles: [
        ...(administered ? [] : [`No administrator is declared, who alone can set the password of ${next}.`]),
        ...(found?.obstacles ?? []),
      ],
      warnings: [
        ...(seen === undefined
          ? [
              `${rotation.database.name} refuses ${current.user} with the current password: consumers cannot log in.`,
            ]
          : []),
        ...placeWarnings(current, rotation.database),
        ...(found?.warnings ?? []),
      ],
    };
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return { facts: { currentUser: current.user, nextUser: next }, obstacles: [error.message], warnings: [] };
  }
}

async function lookAt(
  session: Session,
  { current, next }: { readonly current: string; readonly next: string },
  { secret: { rotation } }: Alternating,
) {
  const { rows } = await session.query(MISSING, [next]);
  const missing = rows.length === 0;
  const sessions = await userSessions(session, [...rotation.users]);
  const ofNext = sessions.filter(({ user }) => user === next).length;
  // Who is missing is made like the other one: what is wrong with that one will be wrong with both.
  const users = missing ? ([current, current] as const) : rotation.users;
  const differences = await compareUsers(session, users, rotation.ownerRole);
  return {
    facts: { sessionsOfCurrentUser: sessions.length - ofNext, sessionsOfNextUser: ofNext },
    obstacles: [
      ...new Set(differences),
      ...(missing && differences.length > 0 ? ['Run take-over-ownership for the secret first.'] : []),
      ...(ofNext === 0
        ? []
        : [
            `There ${ofNext === 1 ? 'is' : 'are'} ${countOf(ofNext, next)}, whose password would be changed: redeploy the consumers that still use it first.`,
          ]),
    ],
    warnings: missing ? [`There is no role ${next} yet: the rotation makes it.`] : [],
  };
}
