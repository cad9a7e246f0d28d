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
  const required = rules.RequireEachIncludedType === false ? [] : kinds.map(pick);
  const password = Array.from(
    { length: rules.PasswordLength ?? 32 },
    (_, index) => required[index] ?? pick(all),
  );
  // Required kinds must not be found by their places.
  for (let last = password.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [password[last], password[other]] = [password[other] as string, password[last] as string];
  }
  return password.join('');
}
