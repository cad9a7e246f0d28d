import { VerificationFailed } from '../../errors.ts';
import { compareUsers } from '../../postgres/roles/compare-users.ts';
import type { Session } from '../../postgres/session.ts';
import type { Keeping, Pair } from '../keeper/kind.ts';
import { COMPARING, tryAs } from './connect.ts';
import { type Credential, requireSamePlace } from './credential.ts';

type Alternating = Keeping<'postgresql-alternating-users'>;

const WHO = 'SELECT session_user::text AS login, current_user::text AS role';

/** Proves that the pending user logs in, acts as the owner role, and may do just what the current one may. */
export async function testAlternating(
  { current, pending }: Pair<Credential>,
  keeping: Alternating,
): Promise<void> {
  const { name, rotation } = keeping.secret;
  requireSamePlace(name, current, pending);
  const compare = async (session: Session) => {
    await requireOwner(session, pending.user, rotation.ownerRole);
    return await compareUsers(session, rotation.users, rotation.ownerRole);
  };
  const differences = await tryAs(pending, keeping, compare, COMPARING);
  if (differences === undefined)
    throw new VerificationFailed(
      `${rotation.database.name} refuses ${pending.user} with the pending password of ${name}. Consumers keep the current one. Rotate the secret again; see how that user may log in (VALID UNTIL, pg_hba) if it stays so.`,
      { user: pending.user },
    );
  if (differences.length > 0)
    throw new VerificationFailed(
      `${pending.user} is not as good as ${current.user}: ${differences.join(' ')} Consumers keep the current user. Make both users equal (take-over-ownership does), then rotate the secret again.`,
      { differences: differences.length },
    );
}

/** @throws VerificationFailed where what the user makes would not belong to the owner role */
export async function requireOwner(session: Session, user: string, ownerRole: string): Promise<void> {
  const { rows } = await session.query<{ login: string; role: string }>(WHO);
  if (rows[0]?.login === user && rows[0].role === ownerRole) return;
  throw new VerificationFailed(
    `${user} does not act as ${ownerRole}, but as ${rows[0]?.role}: what it makes would belong to it alone. Consumers keep the current user. Run ALTER ROLE … SET role (take-over-ownership does), then rotate the secret again.`,
    { user },
  );
}
