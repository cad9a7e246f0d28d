import { parseObject, requireText, unreadable } from '../keeper/parse.ts';
import { isToken } from './token.ts';

/** Fields that may hold the token, of which a secret has one. AWS documents none for AUTH: these are what its samples and users write. */
const FIELDS = ['auth_token', 'password'] as const;

/** The only user that AUTH tokens are of; others are rotated as users of RBAC. */
const USER = 'default';

/** A secret with a token; what else stands there is kept as it is. */
export interface AuthSecret {
  readonly token: string;
  /** Field that holds it; absent where the token is the whole text. */
  readonly field?: (typeof FIELDS)[number];
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a secret to rotate it: as {@link readAuthSecret}, and with no copy of the token in another field.
 *
 * @param secret the declared name, for the error
 * @throws PreconditionFailed that names the field that is wrong, and quotes nothing
 */
export function parseAuthSecret(text: string, secret: string): AuthSecret {
  const parsed = readAuthSecret(text, secret);
  const { token, field, fields } = parsed;
  const copy = Object.keys(fields).find(
    (name) => name !== field && JSON.stringify(fields[name]).includes(token),
  );
  if (copy !== undefined)
    throw unreadable(
      secret,
      `holds the token in the field "${copy}", too, which a rotation would leave behind`,
    );
  return parsed;
}

/**
 * Reads a secret: a JSON object with `auth_token` or `password`, or the bare token.
 *
 * @param secret the declared name, for the error
 * @throws PreconditionFailed that names the field that is wrong, and quotes nothing
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export function readAuthSecret(text: string, secret: string): AuthSecret {
  if (isToken(text)) return { token: text, fields: {} };
  const fields = parseObject(text, secret);
  const [field, ...others] = FIELDS.filter((name) => Object.hasOwn(fields, name));
  if (field === undefined) throw unreadable(secret, `has neither a field "${FIELDS.join('" nor "')}"`);
  if (others.length > 0)
    throw unreadable(secret, `has both fields "${FIELDS.join('" and "')}", and consumers may read either`);
  const token = requireText(fields, field, secret);
  const { username } = fields;
  if (username !== undefined && username !== '' && username !== USER)
    throw unreadable(secret, `is of another user than "${USER}", the one that AUTH tokens are of`);
  return { token, field, fields };
}

export function formatAuthSecret({ token, field, fields }: AuthSecret): string {
  return field === undefined ? token : JSON.stringify({ ...fields, [field]: token });
}
