import { expect, it } from 'vitest';
import { cacheFailure } from '../../../functions/cache/cache-failure.ts';
import { InvalidInput, PreconditionFailed, type RunbookError, Transient } from '../../../functions/errors.ts';
import { judgeNotConnected } from '../../../functions/health/judge-not-connected.ts';
import { connectFailure } from '../../../functions/postgres/connect-failure.ts';
import { redact } from '../../../functions/step/redact.ts';

it.each<[string, RunbookError, string]>([
  ['nobody was there', new Transient('It takes no connection.', { code: 'ECONNREFUSED' }), 'fail'],
  ['it did not answer in time', new Transient('It did not answer within 4000 ms.'), 'fail'],
  ['its name is not known', new Transient('Its name is not known.', { code: 'ENOTFOUND' }), 'fail'],
  ['the login was refused', new PreconditionFailed('It refused it.', { code: 'WRONGPASS' }), 'fail'],
  ['it is not declared whole', new InvalidInput('It has no host.'), 'fail'],
  ['no name server answered', new Transient('It could not be looked up.', { code: 'EAI_AGAIN' }), 'unknown'],
  ['there is no network here', new Transient('There is no way.', { code: 'ENETUNREACH' }), 'unknown'],
])('judges that %s', (_, error, verdict) => {
  expect(judgeNotConnected(error, 'a connection')).toEqual({
    verdict,
    observed: error.message.replace(/\.$/, ''),
    expected: 'a connection',
  });
});

it.each<[string, RunbookError, object]>([
  [
    'a database does not let in',
    connectFailure({ code: '28000' }, 'localhost:5432/shop', 4000),
    {
      observed: 'the database does not let this user in (28000)',
      next: 'Look at its login right and at who may connect.',
    },
  ],
  [
    'a password is wrong',
    connectFailure({ code: '28P01' }, 'localhost:5432/shop', 4000),
    {
      observed: 'the database refused the user name or password (28P01)',
      next: 'Compare the secret with the role.',
    },
  ],
  [
    'a cache does not speak TLS',
    cacheFailure({ code: 'EPROTO' }, 'localhost:6379', { timeoutMilliseconds: 4000 }),
    { observed: 'the cache does not speak TLS (EPROTO)', next: 'Turn on its encryption in transit.' },
  ],
])('says in short, and with what to do, that %s', (_, error, told) => {
  expect(judgeNotConnected(error, 'a connection')).toEqual({
    verdict: 'fail',
    expected: 'a connection',
    ...told,
  });
  // The longer sentence comes through whole where what looks like a secret is taken out.
  expect(redact(error.message)).toBe(error.message);
});

it('judges nothing that is not about a connection', () => {
  const error = new TypeError('x is undefined');
  expect(() => judgeNotConnected(error, 'a connection')).toThrow(error);
});
