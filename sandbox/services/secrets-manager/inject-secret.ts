import { AwsError, type Engines } from '../../contract.ts';
import type { Account } from './account.ts';
import { readSecretValue } from './read-value.ts';

/** `arn:json-key:version-stage:version-id` or `name:json-key:version-stage:version-id`; all but the first may be left out. */
const REFERENCES = [
  /^(arn:aws:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/,
  /^([^:]+)(?::([^:]*):([^:]*):([^:]*))?$/,
];

const failure = (message: string) => new AwsError('ResourceInitializationError', message);

/**
 * Reads what a task definition's `valueFrom` or a template's dynamic reference names. Errors are worded as ECS words them,
 * and never quote the value.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function injectSecret(account: Account): Engines['readSecret'] {
  return async (valueFrom, { caller }) => {
    const [, id, key, label, versionId] =
      REFERENCES.map((reference) => reference.exec(valueFrom)).find((match) => match !== null) ?? [];
    if (!id) throw failure(`'${valueFrom}' does not name a secret.`);
    const { value } = readSecretValue(account, caller, {
      id,
      label: label || undefined,
      versionId: versionId || undefined,
    });
    if (value.text === undefined)
      throw failure(`secret ${id}: it has no SecretString; secrets that store binary data are not supported`);
    return key ? fieldOf(value.text, key) : value.text;
  };
}

function fieldOf(text: string, key: string): string {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw failure('invalid character looking for beginning of value');
  }
  const field =
    typeof fields === 'object' && fields !== null && Object.hasOwn(fields, key)
      ? (fields as Record<string, unknown>)[key]
      : undefined;
  if (field === undefined)
    throw failure(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  if (typeof field === 'object' && field !== null)
    throw failure(`json key ${key} is an object or a list; the sandbox does not inject those`);
  return field === null ? '<nil>' : String(field);
}
