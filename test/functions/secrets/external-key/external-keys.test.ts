import type { IncomingMessage, RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as keepExternalKey } from '../../../../functions/secrets/keep-external-key.ts';
import type { RotationOf } from '../../../../schemas/secret.ts';
import { type Keeping, type KeptSecret, startKeeping } from '../keeping.ts';
import { type Handler, STEPS } from '../postgresql/a-secret.ts';

const OLD = 'old-key-0123456789';
const NEW = 'new-key-0123456789';

describe('a key that somebody else issues', () => {
  let world: Keeping;
  let secret: KeptSecret;
  /** What the issuer takes for good, and what it was asked. */
  const good = new Set([OLD, NEW]);
  const asked: IncomingMessage[] = [];
  let issuer: string;
  const judge: RequestListener = (request, response) => {
    asked.push(request);
    const key = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    response.statusCode = good.has(key) ? 204 : 401;
    response.end(`{"you sent":"${key}"}`);
  };
  beforeAll(async () => {
    world = await startKeeping(keepExternalKey as unknown as Handler);
    issuer = await world.serve(judge);
  });
  afterAll(() => world.stop());

  type Probe = RotationOf<'external-key'>['probe'];
  const declare = async (probe: Partial<Probe> = {}, first = OLD, more = {}) => {
    const whole: Probe = {
      url: `${issuer}/api/0/`,
      method: 'GET',
      headers: { authorization: 'Bearer {value}' },
      statuses: [200, 204],
      ...probe,
    };
    secret = await world.declare({ kind: 'external-key', probe: whole }, first, more);
    return secret;
  };
  /** Rotates as far as the test of the pending value. */
  const tested = async () => {
    const token = await secret.begin();
    await secret.step('createSecret', token);
    await secret.step('setSecret', token);
    return secret.step('testSecret', token);
  };

  it('is taken from where an operator has staged it, once its issuer accepts it', async () => {
    await declare();
    await secret.stage(NEW);
    const token = await secret.rotate();
    expect(await secret.text()).toBe(NEW);
    expect(await secret.text('AWSPREVIOUS')).toBe(OLD);
    expect(await secret.version()).toBe(token);
    expect(await secret.version('NIGHTSHIFT_STAGED')).toBeUndefined();
    expect(await secret.text()).not.toContain('{');
  });

  it.each([
    ['none is staged', undefined, 'No value is staged for'],
    ['the current one is staged', OLD, 'is the one that is current already'],
    ['one with a line end is staged', `${NEW}\n`, 'that the header authorization cannot carry'],
  ])('is not rotated when %s', async (_, staged, why) => {
    await declare();
    if (staged !== undefined) await secret.stage(staged);
    const token = await secret.begin();
    await expect(secret.step('createSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(new RegExp(`${why}.*nightshift secret stage ${secret.name}`)),
    });
    expect(await secret.text()).toBe(OLD);
    // Secrets Manager tries the same rotation again.
    await secret.stage(NEW);
    for (const step of STEPS) await secret.step(step, token);
    expect(await secret.text()).toBe(NEW);
  });

  it('bears each step twice, and out of order', async () => {
    await declare();
    await secret.stage(NEW);
    const token = await secret.begin();
    await expect(secret.step('finishSecret', token)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    for (const step of STEPS) {
      await secret.step(step, token);
      await secret.step(step, token);
    }
    expect(await secret.text()).toBe(NEW);
  });

  it('keeps what was staged while it was rotated for the next time', async () => {
    await declare();
    await secret.stage(NEW);
    const token = await secret.begin();
    await secret.step('createSecret', token);
    good.add('third-key-0123456789');
    await secret.stage('third-key-0123456789');
    for (const step of STEPS) await secret.step(step, token);
    expect(await secret.text()).toBe(NEW);
    await secret.abandon();
    await secret.rotate();
    expect(await secret.text()).toBe('third-key-0123456789');
  });

  it('is not promoted when its issuer refuses it, and another one is later', async () => {
    await declare();
    await secret.stage('bad-key-0123456789');
    await expect(tested()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringMatching(
        /was answered 401 by 127\.0\.0\.1:\d+, not 200 or 204\. It was not promoted/,
      ),
    });
    const pending = await secret.version('AWSPENDING');
    await expect(secret.step('finishSecret', pending)).rejects.toMatchObject({ name: 'VerificationFailed' });
    expect(await secret.text()).toBe(OLD);
    await secret.abandon();
    await secret.stage(NEW);
    await secret.rotate();
    expect(await secret.text()).toBe(NEW);
  });

  it.each([429, 500, 503])('is tried again where its issuer answers %s', async (status) => {
    await declare({ url: await world.serve((_, response) => response.writeHead(status).end()) });
    await secret.stage(NEW);
    await expect(tested()).rejects.toMatchObject({ name: 'Transient' });
  });

  it('is tried again where its issuer cannot be reached', async () => {
    await declare({ url: await world.serve((request) => request.socket.destroy()) });
    await secret.stage(NEW);
    await expect(tested()).rejects.toMatchObject({ name: 'Transient' });
  });

  it('never follows a redirect with the key', async () => {
    const elsewhere: IncomingMessage[] = [];
    const other = await world.serve((request, response) => {
      elsewhere.push(request);
      response.end();
    });
    await declare({
      url: await world.serve((_, response) => response.writeHead(302, { location: other }).end()),
    });
    await secret.stage(NEW);
    await expect(tested()).rejects.toThrow('was answered 302');
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ['http://sentry.example.com/', 'not HTTPS'],
    ['http://192.0.2.1/', 'not HTTPS'],
    ['ftp://127.0.0.1/', 'has the scheme ftp:'],
    ['https://169.254.169.254/latest/meta-data/', 'is a metadata address'],
    ['https://169.254.170.2/v2/credentials', 'is a metadata address'],
    ['https://[fd00:ec2::254]/', 'is a metadata address'],
    ['https://169.254.10.1/', 'is link-local'],
    ['https://key@127.0.0.1/', 'carries a user name'],
    ['not an address', 'not HTTPS'],
  ])('never goes to %s', async (url, why) => {
    await declare({ url });
    await secret.stage(NEW);
    await expect(tested()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining(why),
    });
  });

  it('is judged by fields of it, with the declared method', async () => {
    const value = JSON.stringify({ id: 'shop', key: NEW });
    await declare(
      { method: 'POST', headers: { authorization: 'Bearer {value.key}', 'x-id': '{value.id}' } },
      'to be set',
    );
    await secret.stage(value);
    asked.length = 0;
    await secret.rotate();
    expect(await secret.text()).toBe(value);
    expect(asked.map(({ method, headers }) => `${method} ${headers['x-id']}`)).toEqual([
      'POST shop',
      'POST shop',
    ]);
    // A plan asks nothing that may have an effect.
    await secret.ask('inspect');
    expect(asked).toHaveLength(2);
  });

  it('is told to a plan, good or not', async () => {
    await declare();
    expect(await secret.ask('inspect')).toMatchObject({ facts: { currentIs: 'accepted' }, warnings: [] });
    await declare({}, 'gone-key-0123456789');
    expect(await secret.ask('inspect')).toMatchObject({
      facts: { currentIs: 'refused' },
      warnings: [expect.stringContaining('was answered 401')],
    });
  });

  describe('whose consumers', () => {
    const adoption = {
      path: '/ready',
      statuses: [200],
      tokenHeader: 'authorization',
      tokenPrefix: 'Bearer ',
    };
    it('have a path for it are asked, each for itself', async () => {
      await world.consumer('web', () => 200);
      await world.consumer('worker', () => 503);
      await declare({}, OLD, { consumers: ['web', 'worker'], adoption });
      await secret.stage(NEW);
      await secret.rotate();
      expect(await secret.proveAdoption()).toMatchObject([
        { name: 'probe of the new value', passed: true },
        { name: 'web: answers with the new value', passed: true, measured: '/ready answered 200 5 times' },
        { name: 'worker: answers with the new value', passed: false },
      ]);
    });

    it('have none are named as not asked', async () => {
      await declare({}, OLD, { consumers: ['web', 'worker'] });
      expect(await secret.proveAdoption()).toMatchObject([
        { passed: true, measured: expect.stringContaining('web, worker run with it as far as is known') },
      ]);
    });
  });

  it('is put back when its issuer still accepts it, and only then', async () => {
    await declare();
    await secret.stage(NEW);
    await secret.rotate();
    const versions = { good: await secret.version('AWSPREVIOUS'), bad: await secret.version() };
    good.delete(OLD);
    await expect(secret.ask('put-back', versions)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('Nothing was put back'),
    });
    expect(await secret.text()).toBe(NEW);
    good.add(OLD);
    await secret.ask('put-back', versions);
    expect(await secret.text()).toBe(OLD);
    await secret.ask('put-back', versions);
    expect(await secret.text()).toBe(OLD);
  });

  it('is retired by whoever issued it, which is said', async () => {
    await declare();
    await secret.stage(NEW);
    await secret.rotate();
    const versions = { current: await secret.version(), old: await secret.version('AWSPREVIOUS') };
    const answer = await secret.ask('retire', { ...versions, endSessions: true });
    expect(answer).toMatchObject({ done: expect.stringContaining('until whoever issued it revokes it') });
    expect(await secret.text()).toBe(NEW);
  });

  it('is in no log, error, answer or item, and neither is what its issuer answered', async () => {
    await world.expectNothingSaid(['you sent']);
  });
});
