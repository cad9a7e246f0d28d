import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCredential,
  parseCredential,
  requireSamePlace,
} from '../../../../functions/secrets/postgresql/credential.ts';

const parse = (text: string) => parseCredential(text, 'main', ['app', 'app_b']);

describe('the secret of a login', () => {
  it.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['hunter2', 'is not JSON'],
    ['"hunter2"', 'not an object'],
    ['["hunter2"]', 'not an object'],
    ['null', 'not an object'],
    ['{"username":"app"}', 'has no field "password"'],
    ['{"username":"app","password":""}', '"password" that is not a text, or is empty'],
    ['{"username":"app","password":7734}', '"password" that is not a text'],
    ['{"password":"hunter2"}', 'has no field "username"'],
    ['{"__proto__":{"username":"app"},"password":"hunter2"}', 'has no field "username"'],
    ['{"username":"master","password":"hunter2"}', 'another user than the declared app and app_b'],
    ['{"username":"app","password":"hunter2","engine":"mysql"}', 'engine'],
    ['{"username":"app","password":"hunter2","engine":7}', 'engine'],
  ])('is refused when it is %j, and not quoted', (text, why) => {
    let message = '';
    try {
      parse(text);
    } catch (error) {
      message = `${(error as Error).message} ${(error as Error).stack}`;
      expect(error).toMatchObject({ name: 'PreconditionFailed' });
    }
    expect(message).toContain(why);
    expect(message).not.toMatch(/hunter2|7734|mysql|master/);
  });

  it('is stored with everything that it holds, in its order', () => {
    const text = '{"engine":"aurora-postgresql","password":"a","x":{"y":[1]},"username":"app"}';
    expect(formatCredential(parse(text))).toBe(text);
  });

  it('holds any password', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (password) => {
        const credential = { user: 'app', password, fields: { port: 5432 } };
        expect(parse(formatCredential(credential))).toMatchObject({ user: 'app', password });
      }),
    );
  });

  it.each(['engine', 'host', 'port', 'dbname'])('is not changed in its %s by a rotation', (field) => {
    const current = { user: 'app', password: 'a', fields: { [field]: 'here' } };
    const pending = { user: 'app_b', password: 'b', fields: { [field]: 'there' } };
    expect(() => requireSamePlace('main', current, pending)).toThrow(field);
    requireSamePlace('main', current, { ...pending, fields: { ...current.fields, more: true } });
  });
});
