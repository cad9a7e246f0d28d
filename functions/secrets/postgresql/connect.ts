import type { DatabaseConnection } from '../../../schemas/database-connection.ts';
import { PreconditionFailed, RunbookError } from '../../errors.ts';
import { readLogin } from '../../postgres/login.ts';
import { openSession, type Session, type SessionSettings } from '../../postgres/session.ts';
import type { Credential } from './credential.ts';
import { sessionFailure } from './session-failure.ts';

/** What is needed of the keeping of a secret that opens a database. */
export interface Opening {
  readonly secret: {
    readonly rotation: {
      readonly database: DatabaseConnection;
      readonly adminSecretArn?: string | undefined;
    };
  };
  readonly signal: AbortSignal;
}

/** SQLSTATE of a refused user name or password. */
const WRONG_PASSWORD = '28P01';

/** Comparing two users reads much of the catalog, which may be large. Milliseconds. */
export const COMPARING = { statementTimeoutMilliseconds: 20_000 } as const satisfies SessionSettings;

/** Opens a session with a login. Where to is declared: a secret cannot redirect us. */
async function openAs(
  { user, password }: Credential,
  { secret, signal }: Opening,
  settings: SessionSettings = {},
): Promise<Session> {
  signal.throwIfAborted();
  const { host, port, database } = secret.rotation.database;
  return await openSession({ host, port, database, user, password }, settings);
}

/**
 * Runs `use` with a session of the login.
 *
 * @returns undefined where the database refuses the password
 */
export async function tryAs<Result>(
  credential: Credential,
  opening: Opening,
  use: (session: Session) => Promise<Result>,
  settings: SessionSettings = {},
): Promise<Result | undefined> {
  let session: Session;
  try {
    session = await openAs(credential, opening, settings);
  } catch (error) {
    if (error instanceof RunbookError && error.facts.code === WRONG_PASSWORD) return undefined;
    throw error;
  }
  return await useUp(session, use);
}

/**
 * As {@link tryAs}, for a login that should be good.
 *
 * @throws PreconditionFailed where the database refuses its password
 */
export async function mustAs<Result>(
  credential: Credential,
  opening: Opening,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  return await useUp(await openAs(credential, opening), use);
}

/** Whether the database takes the login's password. */
export async function isAccepted(credential: Credential, opening: Opening): Promise<boolean> {
  return (await tryAs(credential, opening, async () => true)) ?? false;
}

/**
 * Runs `use` with a session of the administrator who is declared.
 *
 * @returns undefined where none is declared
 * @throws PreconditionFailed where the administrator is refused
 */
export async function asAdministrator<Result>(
  { secret, signal }: Opening,
  use: (session: Session) => Promise<Result>,
  settings: SessionSettings = {},
): Promise<Result | undefined> {
  const { adminSecretArn, database } = secret.rotation;
  if (adminSecretArn === undefined) return undefined;
  const login = await readLogin({ ...database, secretArn: adminSecretArn });
  signal.throwIfAborted();
  const session = await openSession(login, { readOnly: false, ...settings }).catch((error: unknown) => {
    if (!(error instanceof RunbookError) || error.facts.code !== WRONG_PASSWORD) throw error;
    throw new PreconditionFailed(
      `The administrator of ${database.name} is refused with what the secret ${adminSecretArn} holds. Nothing was changed by this step. Put the right password into that secret, and start again.`,
      { code: WRONG_PASSWORD },
    );
  });
  return await useUp(session, use);
}

/** Lets a session act as the user who has logged in, where its sessions begin as another role: it then sees and ends its own sessions. */
export async function actAsItself(session: Session): Promise<void> {
  await session.query('SET ROLE NONE');
}

async function useUp<Result>(session: Session, use: (session: Session) => Promise<Result>): Promise<Result> {
  try {
    return await use(session);
  } catch (error) {
    throw sessionFailure(error, session.address);
  } finally {
    await session.close();
  }
}
