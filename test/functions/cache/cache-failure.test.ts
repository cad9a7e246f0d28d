import { describe, expect, test } from 'vitest';
import { cacheFailure, isTokenRefused } from '../../../functions/cache/cache-failure.ts';

const TOKEN = 'the-token-in-question';
const reply = (message: string) =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { args: [TOKEN] } });
const failure = (error: unknown, command: string | undefined = 'AUTH') =>
  cacheFailure(error, 'cache:6379', {
    ...(command === undefined ? {} : { command }),
    timeoutMilliseconds: 3000,
  });

describe('why a cache was not reached', () => {
  test.each([
    [
      reply('WRONGPASS invalid username-password pair or user is disabled.'),
      'PreconditionFailed',
      /refused the token/,
    ],
    [reply('ERR invalid password'), 'PreconditionFailed', /refused the token/],
    [
      reply('ERR AUTH <password> called without any password configured for the default user. Are you sure?'),
      'PreconditionFailed',
      /asks for no token/,
    ],
    [reply('LOADING Redis is loading the dataset in memory'), 'Transient', /is loading its data/],
    [reply('ERR max number of clients reached'), 'Transient', /TRYAGAIN/],
    [
      reply(`ERR unknown command 'AUTH', with args beginning with: '${TOKEN}'`),
      'PreconditionFailed',
      /answered with an error/,
    ],
    [reply(TOKEN), 'PreconditionFailed', /answered with an error/],
    [
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      'Transient',
      /takes no connection/,
    ],
    [
      Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      'PreconditionFailed',
      /another name/,
    ],
    [
      Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      'PreconditionFailed',
      /no authority/,
    ],
    [new Error('Command timed out'), 'Transient', /did not answer within 3000 ms/],
    [new Error('Connection is closed.'), 'Transient', /broke the connection off/],
  ])('%s is %s', (error, name, message) => {
    const mapped = failure(error);
    expect(mapped.name).toBe(name);
    expect(mapped.message).toMatch(message);
    expect(JSON.stringify([mapped.message, mapped.facts])).not.toContain(TOKEN);
  });

  test('only a token that was refused is told from the rest', () => {
    expect(isTokenRefused(failure(reply('WRONGPASS x')))).toBe(true);
    expect(isTokenRefused(failure(reply('NOPERM x')))).toBe(false);
    expect(isTokenRefused(failure(new Error('Connection is closed.')))).toBe(false);
  });

  test('says whether a token was sent', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(cacheFailure(refused, 'cache:6379', { timeoutMilliseconds: 1 }).message).toContain(
      'No token was sent',
    );
    expect(failure(refused).message).toContain('when it was sent AUTH');
  });
});
