import { GetRandomPasswordCommand } from '@aws-sdk/client-secrets-manager';
import type { PasswordRules } from '../../../schemas/secret.ts';
import { PreconditionFailed } from '../../errors.ts';
import { secretsManager } from './versions.ts';

/** What GetRandomPassword takes from: ASCII's punctuation. Of it, `-`, `.`, `_` and `~` mean nothing in a URL (RFC 3986, section 2.3). */
const MEANT_IN_URL = '!"#$%&\'()*+,/:;<=>?@[\\]^`{|}';

/** What is left out of a password of these rules. */
export function excludedCharacters({ excludedCharacters: excluded, urlSafe }: PasswordRules): string {
  return [...new Set(excluded + (urlSafe ? MEANT_IN_URL : ''))].join('');
}

/**
 * A new password.
 *
 * @throws PreconditionFailed where the rules leave no kind of character over
 */
export async function newPassword(rules: PasswordRules): Promise<string> {
  const { RandomPassword: password = '' } = await secretsManager().send(
    new GetRandomPasswordCommand({
      PasswordLength: rules.length,
      ExcludeCharacters: excludedCharacters(rules),
    }),
  );
  const excluded = new Set(excludedCharacters(rules));
  // Nothing is set before this: a consumer that cannot bear a character would learn of it too late.
  if (password.length === rules.length && ![...password].some((character) => excluded.has(character)))
    return password;
  throw new PreconditionFailed(
    'Secrets Manager made a password that the declared rules do not allow. Nothing was changed. Start the rotation again.',
  );
}
