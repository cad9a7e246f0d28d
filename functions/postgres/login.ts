import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DatabaseTarget } from '../../schemas/target.ts';
import { client } from '../clients.ts';
import { PreconditionFailed } from '../errors.ts';
import type { Login } from './session.ts';

const secrets = client(SecretsManagerClient);

/**
 * Reads user name and password from the database's secret. Where to connect comes from the target: a secret cannot redirect us.
 *
 * @throws PreconditionFailed when the secret does not hold both
 */
export async function readLogin(
  target: Pick<DatabaseTarget, 'host' | 'port' | 'database' | 'secretArn'>,
): Promise<Login> {
  const { SecretString = '' } = await secrets().send(
    new GetSecretValueCommand({ SecretId: target.secretArn }),
  );
  const { username, password } = parse(SecretString);
  if (typeof username !== 'string' || typeof password !== 'string' || username === '' || password === '')
    throw new PreconditionFailed(
      `The secret ${target.secretArn} is not a JSON object with username and password. No connection was made.`,
    );
  const { host, port, database } = target;
  return { host, port, database, user: username, password };
}

/** What cannot be parsed is as good as empty; the parser's own message would quote it. */
function parse(text: string): { username?: unknown; password?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
