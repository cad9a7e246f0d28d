import { PreconditionFailed } from '../../errors.ts';
import { parseObject, requireText, unreadable } from '../keeper/parse.ts';

/** A login as a secret of a database holds it; what else stands there is kept as it is. */
export interface Credential {
  readonly user: string;
  readonly password: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where consumers go with a login: nobody may redirect them by a rotation. */
const PLACE = ['engine', 'host', 'port', 'dbname'];

/**
 * Reads a secret in the form that AWS gives to logins of databases.
 *
 * @param users login roles that it may be of
 * @throws PreconditionFailed that names the field that is wrong, and quotes nothing
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export function parseCredential(text: string, secret: string, users: readonly string[]): Credential {
  const fields = parseObject(text, secret);
  const user = requireText(fields, 'username', secret);
  const password = requireText(fields, 'password', secret);
  if (!users.includes(user))
    throw unreadable(secret, `is of another user than the declared ${users.join(' and ')}`);
  const { engine } = fields;
  if (engine !== undefined && !(typeof engine === 'string' && /postgres/i.test(engine)))
    throw unreadable(secret, 'has a field "engine" that is not PostgreSQL');
  return { user, password, fields };
}

export function formatCredential({ user, password, fields }: Credential): string {
  return JSON.stringify({ ...fields, username: user, password });
}

/** @throws PreconditionFailed where the pending login leads elsewhere than the current one */
export function requireSamePlace(secret: string, current: Credential, pending: Credential): void {
  const moved = PLACE.filter((field) => current.fields[field] !== pending.fields[field]);
  if (moved.length === 0) return;
  throw new PreconditionFailed(
    `The pending version of ${secret} differs from the current one in ${moved.join(', ')}: no rotation changes that. Nothing was changed by this step. Remove the label AWSPENDING from that version, and rotate the secret again.`,
  );
}
