import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Judgement } from '../../../schemas/finding.ts';
import { client } from '../../clients.ts';
import { readAuthSecret } from '../../secrets/redis-auth/auth-secret.ts';
import { judgeSecretFailure, type SecretShape, secretName } from '../judge-secret-failure.ts';

const secrets = client(SecretsManagerClient);

/** The same shapes that are rotated. */
export const TOKEN_SECRET: SecretShape = {
  expected: 'a secret that can be read, with an AUTH token',
  wrong:
    'does not hold one AUTH token of the user "default", bare or as auth_token or password of a JSON object',
};

/** The AUTH token of a secret, or what is to be said where there is none. The token goes nowhere but to the cache. */
export async function readToken(
  secretArn: string,
): Promise<{ readonly token: string } | { readonly failed: Judgement }> {
  try {
    const { SecretString = '' } = await secrets().send(new GetSecretValueCommand({ SecretId: secretArn }));
    return { token: readAuthSecret(SecretString, secretName(secretArn)).token };
  } catch (error) {
    return { failed: judgeSecretFailure(error, secretArn, TOKEN_SECRET) };
  }
}
