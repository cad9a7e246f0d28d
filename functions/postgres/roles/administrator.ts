import type { RotationOf, SecretTarget } from '../../../schemas/secret.ts';
import { InvalidInput, PreconditionFailed } from '../../errors.ts';
import { readLogin } from '../login.ts';
import { openSession, type Session } from '../session.ts';

export type AlternatingUsers = RotationOf<'postgresql-alternating-users'>;

/** So long a statement waits for a lock: others who want the same table queue behind it meanwhile. Milliseconds. */
const LOCK_TIMEOUT_MILLISECONDS = 500;
/** The catalog of a large database takes its time. Milliseconds. */
const STATEMENT_TIMEOUT_MILLISECONDS = 20_000;

/** @throws InvalidInput where the secret is not that of alternating users */
export function alternatingUsers({ name, rotation }: SecretTarget): AlternatingUsers {
  if (rotation?.kind === 'postgresql-alternating-users') return rotation;
  throw new InvalidInput(
    `The secret ${name} is not declared as one of two users of a database that take turns (postgresql-alternating-users). Nothing was changed. Name a secret that is, or declare its users and their owner role first.`,
  );
}

/**
 * Opens a session of the administrator in the secret's database.
 *
 * @throws InvalidInput or PreconditionFailed where there is none; Transient where the database cannot be reached just now
 */
export async function openAsAdministrator(
  target: SecretTarget,
  { readOnly }: { readOnly: boolean },
): Promise<Session> {
  const { database, adminSecretArn } = alternatingUsers(target);
  if (adminSecretArn === undefined)
    throw new PreconditionFailed(
      `No secret of an administrator is declared for ${target.name}, and the application's own user may not make roles. Nothing was changed. Declare the secret of the master user as its administrator.`,
    );
  const login = await readLogin({ ...database, secretArn: adminSecretArn });
  return openSession(login, {
    readOnly,
    lockTimeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS,
    statementTimeoutMilliseconds: STATEMENT_TIMEOUT_MILLISECONDS,
  });
}
