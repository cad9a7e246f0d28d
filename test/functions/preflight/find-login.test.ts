import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLogin } from '../../../functions/preflight/find-login.ts';
import { readLoginUrl } from '../../../functions/preflight/login-url.ts';

const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`;
const DATABASE = { secretArn: arn('db-AbCdEf') };
const pair = (name: string, prefix: string, version = '::') => [
  { name: `${prefix}_USER`, valueFrom: `${arn(name)}:username${version}` },
  { name: `${prefix}_PASSWORD`, valueFrom: `${arn(name)}:password${version}` },
];
const find = (
  secrets: ReturnType<typeof pair>,
  environment: string[] = [],
  login?: { url: string } | { user: string; password: string },
) =>
  findLogin(
    {
      container: 'api',
      containers: [{ name: 'api', image: '', essential: true, environment, secrets, environmentFiles: 0 }],
      ...(login === undefined ? {} : { login }),
    },
    DATABASE,
  );

describe('findLogin', () => {
  it('takes what is declared, where it is there', () => {
    const login = { user: 'A', password: 'B' };
    expect(find(pair('db-AbCdEf', 'DB'), ['A', 'B'], login)).toEqual({ kind: 'pair', ...login });
    expect(find([], ['A'], login)).toMatchObject({
      kind: 'unknown',
      why: 'the declared B is not among its variables',
    });
    expect(find([], ['URL'], { url: 'URL' })).toEqual({ kind: 'url', variables: ['URL'], declared: true });
  });

  it("takes the pair from the database's own secret before others", () => {
    expect(find([...pair('mail-AbCdEf', 'MAIL'), ...pair('db-AbCdEf', 'DB')])).toEqual({
      kind: 'pair',
      user: 'DB_USER',
      password: 'DB_PASSWORD',
    });
    // Its ARN may be without the random characters.
    expect(find([...pair('mail-AbCdEf', 'MAIL'), ...pair('db', 'DB')])).toMatchObject({ user: 'DB_USER' });
  });

  it('takes the only pair there is, and none of several', () => {
    expect(find(pair('app-AbCdEf', 'APP'))).toMatchObject({ user: 'APP_USER' });
    expect(find([...pair('one-AbCdEf', 'ONE'), ...pair('two-AbCdEf', 'TWO')])).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('several secrets'),
    });
  });

  it('does not mix two versions of one secret', () => {
    const [user] = pair('db-AbCdEf', 'DB', ':AWSPREVIOUS:');
    const [, password] = pair('db-AbCdEf', 'DB');
    expect(find([user, password].filter((one) => one !== undefined))).toMatchObject({ kind: 'unknown' });
  });

  it('takes URLs by their names', () => {
    expect(find([], ['DATABASE_URL', 'CALLBACK_URL', 'READ_DB_URI'])).toEqual({
      kind: 'url',
      variables: ['DATABASE_URL', 'READ_DB_URI'],
      declared: false,
    });
    expect(find([], ['CALLBACK_URL'])).toMatchObject({ kind: 'unknown' });
  });
});

describe('readLoginUrl', () => {
  it.each<[string, object]>([
    ['postgres://app:pw@DB.example.com:5432/shop', { hosts: ['db.example.com'], database: 'shop' }],
    ['postgresql+asyncpg://app:pw@one:1,two:2/shop?ssl=true', { hosts: ['one', 'two'], database: 'shop' }],
    ['jdbc:postgresql://db/shop?user=app&password=pw', { hosts: ['db'], user: 'app', password: 'pw' }],
    ['postgres://app:pw@db', { database: '' }],
    ['postgres://app@db/shop', { problem: 'has no user name and password in it' }],
    ['mysql://app:pw@db/shop', { problem: 'is not a URL of PostgreSQL' }],
    ['hunter2', { problem: 'is no URL' }],
  ])('%s', (text, expected) => {
    expect(readLoginUrl(text)).toMatchObject(expected);
  });

  it('reads any name and password back', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        expect(readLoginUrl(`postgres://${u}:${p}@db:5432/${d}`)).toEqual({
          user,
          password,
          hosts: ['db'],
          database,
        });
      }),
    );
  });
});
