import type { PasswordRules } from '../../../schemas/secret.ts';
import { InvalidInput, PreconditionFailed } from '../../errors.ts';
import { newPassword } from '../keeper/password.ts';

/** What ElastiCache takes. @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html */
const TOKEN = /^[A-Za-z0-9!&#$^<>-]{16,128}$/;
const SHORTEST = 16;
const LONGEST = 128;
/** ASCII's punctuation without `!&#$^<>-`. */
const NOT_IN_TOKENS = '"%\'()*+,./:;=?@[\\]_`{|}~';

export const isToken = (text: string): boolean => TOKEN.test(text);

/** @throws PreconditionFailed where ElastiCache would not take it; its own error might quote the token */
export function requireToken(token: string, secret: string): void {
  if (isToken(token)) return;
  throw new PreconditionFailed(
    `The pending token of ${secret} is not one that ElastiCache takes: ${SHORTEST} to ${LONGEST} letters, digits and !&#$^<>-. Nothing was changed. Remove the label AWSPENDING from that version, and rotate the secret again.`,
  );
}

/**
 * A new token: as the declared rules allow, of what ElastiCache takes.
 *
 * @throws InvalidInput where the declared length is not one of ElastiCache's
 */
export async function newToken(rules: PasswordRules, secret: string): Promise<string> {
  if (rules.length < SHORTEST || rules.length > LONGEST)
    throw new InvalidInput(
      `The declared length of the token of ${secret} is ${rules.length}; ElastiCache takes ${SHORTEST} to ${LONGEST} characters. Nothing was changed. Correct it in the configuration.`,
    );
  return await newPassword({ ...rules, excludedCharacters: rules.excludedCharacters + NOT_IN_TOKENS });
}
