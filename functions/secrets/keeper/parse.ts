import { PreconditionFailed } from '../../errors.ts';

/**
 * Reads a secret's text as a JSON object.
 *
 * @param secret the declared name, for the error
 * @throws PreconditionFailed that quotes nothing: the parser's own message would
 */
export function parseObject(text: string, secret: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(secret, text.trim() === '' ? 'is empty' : 'is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(secret, 'is JSON, but not an object');
  return value as Record<string, unknown>;
}

/**
 * A field that must be a text which is not empty.
 *
 * @throws PreconditionFailed that names the field and quotes nothing
 */
export function requireText(
  object: Readonly<Record<string, unknown>>,
  field: string,
  secret: string,
): string {
  const value = Object.hasOwn(object, field) ? object[field] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw unreadable(
    secret,
    value === undefined
      ? `has no field "${field}"`
      : `has a field "${field}" that is not a text, or is empty`,
  );
}

/** A version of a secret that cannot be used as it is; `what` goes on after "a version of the secret x". */
export function unreadable(secret: string, what: string): PreconditionFailed {
  return new PreconditionFailed(
    `A version of the secret ${secret} ${what}. Nothing was changed by this step. Compare its fields with what this kind of secret must have, and store a good value.`,
  );
}
