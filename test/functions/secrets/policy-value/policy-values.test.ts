import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as keepPolicyValue } from '../../../../functions/secrets/keep-policy-value.ts';
import { type Keeping, type KeptSecret, startKeeping } from '../keeping.ts';
import { type Handler, STEPS } from '../postgresql/a-secret.ts';

const schema = {
  type: 'object',
  required: ['admins'],
  properties: { admins: { type: 'array', items: { type: 'string', format: 'email' } } },
};
const list = (...admins: string[]) => JSON.stringify({ admins });
const OLD = list('ada@example.com');
const NEW = list('ada@example.com', 'grace@example.com');
const BAD = list('ada@example.com', 'not-an-address');

describe('a policy', () => {
  let world: Keeping;
  let secret: KeptSecret;
  beforeAll(async () => {
    world = await startKeeping(keepPolicyValue as unknown as Handler);
  });
  beforeEach(async () => {
    secret = await world.declare({ kind: 'policy-value', schema }, OLD);
  });
  afterAll(() => world.stop());

  it('is taken from where an operator has staged it, as it was typed, and the one before is kept', async () => {
    const typed = `${JSON.stringify(JSON.parse(NEW), null, 2)}`;
    await secret.stage(typed);
    const token = await secret.begin();
    for (const step of STEPS) {
      await secret.step(step, token);
      await secret.step(step, token);
    }
    expect(await secret.text()).toBe(typed);
    expect(await secret.text('AWSPREVIOUS')).toBe(OLD);
    expect(await secret.version('NIGHTSHIFT_STAGED')).toBeUndefined();
  });

  it.each([
    ['nothing is staged', undefined, 'No value is staged for'],
    ['it does not satisfy its schema', BAD, 'does not satisfy its schema: /admins/1 (format)'],
    ['it is not JSON', 'grace@example.com', 'is not JSON'],
  ])('is not rotated when %s, and is later', async (_, staged, why) => {
    if (staged !== undefined) await secret.stage(staged);
    const token = await secret.begin();
    await expect(secret.step('createSecret', token)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(why),
    });
    expect(await secret.text()).toBe(OLD);
    // Secrets Manager tries the same rotation again.
    await secret.stage(NEW);
    for (const step of STEPS) await secret.step(step, token);
    expect(await secret.text()).toBe(NEW);
  });

  it('is not promoted from a pending version that somebody else has put there', async () => {
    const token = await secret.begin();
    await secret.put(BAD, ['AWSPENDING'], token);
    for (const step of ['testSecret', 'finishSecret'] as const)
      await expect(secret.step(step, token)).rejects.toMatchObject({ name: 'VerificationFailed' });
    expect(await secret.text()).toBe(OLD);
  });

  it('replaces a first value that is none', async () => {
    secret = await world.declare({ kind: 'policy-value', schema }, 'to be set later');
    expect(await secret.ask('inspect')).toMatchObject({
      facts: { currentSatisfiesSchema: false },
      obstacles: [],
      warnings: [expect.stringContaining('is not JSON')],
    });
    await secret.stage(NEW);
    await secret.rotate();
    expect(await secret.ask('inspect')).toMatchObject({
      facts: { currentSatisfiesSchema: true },
      warnings: [],
    });
  });

  it('with a schema that is wrong is an obstacle', async () => {
    secret = await world.declare({ kind: 'policy-value', schema: { requird: [] } }, OLD);
    expect(await secret.ask('inspect')).toMatchObject({
      obstacles: [expect.stringContaining('Did you mean "required"?')],
    });
  });

  it('is proved by its schema, and by consumers where a path is declared', async () => {
    await world.consumer('api', () => 200);
    const adoption = { path: '/ready', statuses: [200], tokenHeader: 'authorization', tokenPrefix: '' };
    secret = await world.declare({ kind: 'policy-value', schema }, OLD, { consumers: ['api'], adoption });
    expect(await secret.proveAdoption()).toMatchObject([
      { name: 'schema of the new value', passed: true, measured: 'the value satisfies its schema' },
      { name: 'api: answers with the new value', passed: true },
    ]);
    await secret.put(BAD);
    expect((await secret.proveAdoption())[0]).toMatchObject({ passed: false });
  });

  it('is put back, also one that is older than its schema; retiring it is nothing', async () => {
    secret = await world.declare({ kind: 'policy-value', schema }, BAD);
    await secret.stage(NEW);
    await secret.rotate();
    const versions = { good: await secret.version('AWSPREVIOUS'), bad: await secret.version() };
    const retired = await secret.ask('retire', {
      current: versions.bad,
      old: versions.good,
      endSessions: false,
    });
    expect(retired).toMatchObject({ done: expect.stringContaining('opens nothing'), version: versions.bad });
    expect(await secret.ask('put-back', versions)).toMatchObject({
      done: expect.stringContaining('/admins/1 (format); consumers ran with it before'),
    });
    expect(await secret.text()).toBe(BAD);
  });

  it('is in no log, error, answer or item', async () => {
    await world.expectNothingSaid(['grace@example.com', 'not-an-address']);
  });
});
