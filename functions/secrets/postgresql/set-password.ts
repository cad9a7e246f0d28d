import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { scramVerifier } from '../../postgres/scram-verifier.ts';
import type { Session } from '../../postgres/session.ts';
import { actAsItself } from './connect.ts';
import { sessionFailure } from './session-failure.ts';

/** As hard to guess as the keys that SCRAM makes of it. */
const UNKNOWN_PASSWORD_BYTES = 32;

/**
 * Sets a password, as a verifier: the password itself does not reach the server (rule 8).
 *
 * @param session of an administrator, or of the user itself: everybody may set their own; it acts as who has logged in from now on
 * @throws Transient when it is not known whether it was set, or another attempt may help; PreconditionFailed when it was not
 */
export async function setPassword(session: Session, user: string, password: string): Promise<void> {
  const verifier = scramVerifier(password);
  try {
    await actAsItself(session);
    // No bind parameters here (rule 8).
    await session.query(`ALTER ROLE ${pg.escapeIdentifier(user)} PASSWORD ${pg.escapeLiteral(verifier)}`);
  } catch (error) {
    throw sessionFailure(error, session.address, `The password of ${user} could not be set`);
  }
}

/** Gives a user a password that nobody knows: it is made here, and stored nowhere. */
export async function setUnknownPassword(session: Session, user: string): Promise<void> {
  await setPassword(session, user, randomBytes(UNKNOWN_PASSWORD_BYTES).toString('base64url'));
}
