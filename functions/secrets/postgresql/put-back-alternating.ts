import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import { ensureUser } from '../../postgres/roles/ensure-user.ts';
import type { Keeping } from '../keeper/kind.ts';
import { asAdministrator, tryAs } from './connect.ts';
import type { Credential } from './credential.ts';
import { otherUser } from './other-user.ts';
import { setPassword } from './set-password.ts';
import { requireOwner } from './test-alternating.ts';

type Alternating = Keeping<'postgresql-alternating-users'>;

/** Makes the earlier user's password good again where it is not, and proves it. */
export async function putBackAlternating(
  { good }: { readonly good: Credential },
  keeping: Alternating,
): Promise<{ done: string }> {
  const { name, rotation } = keeping.secret;
  if (await isGood(good, keeping)) return { done: `${good.user} can log in with its earlier password.` };
  const set = await asAdministrator(keeping, async (session) => {
    const { ownerRole, users } = rotation;
    await ensureUser(session, { user: good.user, like: otherUser(users, good.user), ownerRole });
    await setPassword(session, good.user, good.password);
    return true;
  });
  if (set === undefined)
    throw new PreconditionFailed(
      `${rotation.database.name} refuses ${good.user} with its earlier password, and no administrator is declared for ${name} who could set it. No label was moved. Set it by hand (ALTER ROLE), and start the runbook again.`,
    );
  if (await isGood(good, keeping)) return { done: `The earlier password of ${good.user} was set again.` };
  throw new VerificationFailed(
    `${rotation.database.name} refuses ${good.user} although its earlier password was just set. No label was moved. See how that user may log in (VALID UNTIL, pg_hba), and start the runbook again.`,
    { user: good.user },
  );
}

async function isGood(credential: Credential, keeping: Alternating): Promise<boolean> {
  const accepted = await tryAs(credential, keeping, async (session) => {
    await requireOwner(session, credential.user, keeping.secret.rotation.ownerRole);
    return true;
  });
  return accepted ?? false;
}
