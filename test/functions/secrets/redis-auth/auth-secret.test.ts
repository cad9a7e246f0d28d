import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAuthSecret,
  parseAuthSecret,
  readAuthSecret,
} from '../../../../functions/secrets/redis-auth/auth-secret.ts';

const TOKEN = 'the-token-in-the-secret';

describe('a secret with a token', () => {
  test.each([
    ['auth_token', { auth_token: TOKEN, host: 'kept', port: 6379 }],
    ['password', { engine: 'redis', username: 'default', password: TOKEN }],
    ['password', { username: '', password: TOKEN }],
  ])('holds it in %s', (field, fields) => {
    const secret = parseAuthSecret(JSON.stringify(fields), 'cache');
    expect(secret).toEqual({ token: TOKEN, field, fields });
    expect(JSON.parse(formatAuthSecret({ ...secret, token: 'another' }))).toEqual({
      ...fields,
      [field]: 'another',
    });
  });

  test('may hold it twice for who only reads it', () => {
    const fields = { auth_token: TOKEN, url: `rediss://:${TOKEN}@cache:6379` };
    expect(readAuthSecret(JSON.stringify(fields), 'cache').token).toBe(TOKEN);
  });

  test('may be nothing else', () => {
    expect(formatAuthSecret(parseAuthSecret(TOKEN, 'cache'))).toBe(TOKEN);
  });

  test.each([
    ['', /is empty/],
    ['not json and not a token', /is not JSON/],
    ['["the-token-in-the-secret"]', /not an object/],
    ['null', /not an object/],
    ['{}', /neither a field "auth_token" nor "password"/],
    [JSON.stringify({ auth_token: TOKEN, password: TOKEN }), /both fields/],
    [JSON.stringify({ auth_token: '' }), /"auth_token" that is not a text/],
    [JSON.stringify({ auth_token: { is: TOKEN } }), /"auth_token" that is not a text/],
    [JSON.stringify({ username: 'app', password: TOKEN }), /another user/],
    [JSON.stringify({ auth_token: TOKEN, url: `rediss://:${TOKEN}@cache:6379` }), /field "url", too/],
    [JSON.stringify({ auth_token: TOKEN, more: { deep: [TOKEN] } }), /field "more", too/],
  ])('is refused as %s, and not quoted', (text, message) => {
    const refused = () => parseAuthSecret(text, 'cache');
    expect(refused).toThrow(message);
    expect(refused).not.toThrow(TOKEN);
  });

  test('is the same after it was read and written, whatever else it holds', () => {
    const others = fc.dictionary(
      fc.string().filter((name) => !['auth_token', 'password', 'username', '__proto__'].includes(name)),
      fc.jsonValue().filter((value) => !JSON.stringify(value).includes(TOKEN)),
    );
    fc.assert(
      fc.property(others, (fields) => {
        const text = JSON.stringify({ ...fields, auth_token: TOKEN });
        expect(JSON.parse(formatAuthSecret(parseAuthSecret(text, 'cache')))).toEqual(JSON.parse(text));
      }),
    );
  });
});
