import { randomInt } from 'node:crypto';

export interface PasswordRules {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeLowercase?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

/** Makes a password as Secrets Manager's GetRandomPassword does. */
export function randomPassword(rules: PasswordRules): string {
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const kinds = [
    rules.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    rules.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    rules.ExcludeNumbers ? '' : '0123456789',
    rules.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    rules.IncludeSpace ? ' ' : '',
  ]
    .map((letters) => [...letters].filter((letter) => !excluded.has(letter)))
    .filter((letters) => letters.length > 0);
  const all = kinds.flat();
  const pick = (letters: string[]) => letters[randomInt(letters.length)] as string;
  const password = Array.from({ length: rules.PasswordLength ?? 32 }, () => pick(all));
  if (rules.RequireEachIncludedType !== false) {
    for (const [index, letters] of kinds.entries())
      if (!password.some((letter) => letters.includes(letter))) password[index] = pick(letters);
  }
  return password.join('');
}
