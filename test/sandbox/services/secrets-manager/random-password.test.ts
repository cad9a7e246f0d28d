import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomPassword } from '../../../../sandbox/services/secrets-manager/random-password.ts';

describe('a random password', () => {
  test('has 32 characters unless told otherwise', () => {
    expect(randomPassword({})).toHaveLength(32);
  });

  test('keeps its rules', () => {
    const rules = fc.record(
      {
        PasswordLength: fc.integer({ min: 5, max: 64 }),
        ExcludeCharacters: fc.string({ maxLength: 20 }),
        ExcludeNumbers: fc.boolean(),
        ExcludePunctuation: fc.boolean(),
        ExcludeUppercase: fc.boolean(),
        IncludeSpace: fc.boolean(),
      },
      { requiredKeys: ['PasswordLength'] },
    );
    fc.assert(
      fc.property(rules, (given) => {
        const password = randomPassword(given);
        expect(password).toHaveLength(given.PasswordLength);
        for (const character of given.ExcludeCharacters ?? '') expect(password).not.toContain(character);
        if (given.ExcludeNumbers) expect(password).not.toMatch(/\d/);
        if (given.ExcludeUppercase) expect(password).not.toMatch(/[A-Z]/);
        if (given.ExcludePunctuation) expect(password).toMatch(/^[\w ]*$/);
        if (!given.IncludeSpace) expect(password).not.toContain(' ');
      }),
    );
  });

  test.each([/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z\d]/])('has a character of each kind: %s', (kind) => {
    for (let round = 0; round < 200; round += 1) expect(randomPassword({ PasswordLength: 4 })).toMatch(kind);
  });

  test('has no kind before its place', () => {
    const places = new Set(
      Array.from({ length: 300 }, () => randomPassword({ PasswordLength: 4 }).search(/\d/)),
    );
    expect([...places].sort()).toEqual([0, 1, 2, 3]);
  });
});
