import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PreconditionFailed } from '../../../../functions/errors.ts';
import { keeper } from '../../../../functions/secrets/keeper/keeper.ts';
import type { SecretKind } from '../../../../functions/secrets/keeper/kind.ts';
import { readRotationProgress } from '../../../../functions/secrets/rotation-progress.ts';
import { STAGED_LABEL } from '../../../../functions/secrets/state.ts';
import type { Machine, Service } from '../../../../sandbox/contract.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { CONTEXT, startActing } from '../../../support/acting-run.ts';

/** A kind that keeps texts and opens nothing; what it is asked is noted. */
const asked: string[] = [];
const given: { returned?: string; fails?: Error } = {};
const texts: SecretKind<'policy-value', string> = {
  kind: 'policy-value',
  parse(text) {
    if (text.startsWith('bad')) throw new PreconditionFailed('It is bad.');
    return text;
  },
  format: (value) => value,
  async next(current, _keeping, staged) {
    asked.push(`next after ${current}`);
    return staged ?? `after ${current}`;
  },
  async set({ current, pending }, _keeping, leftBehind) {
    asked.push(`set ${pending} for ${current}, left behind ${(await leftBehind()).join()}`);
  },
  async test({ current, pending }) {
    asked.push(`test ${pending} beside ${current}`);
    if (given.fails) throw given.fails;
  },
  async inspect(current) {
    return { facts: { length: current.length, said: current }, obstacles: [], warnings: [] };
  },
  async proveAdoption({ current, previous }, since) {
    return [{ name: 'seen', passed: current !== previous, measured: since.toISOString() }];
  },
  async putBack({ good, bad }) {
    asked.push(`put back ${good} for ${bad}`);
    return { done: 'Done.', ...(given.returned === undefined ? {} : { value: given.returned }) };
  },
  async retire({ current, old }, { endSessions }) {
    asked.push(`retire ${old} beside ${current}, sessions ${endSessions}`);
    return { done: 'Done.', ...(given.returned === undefined ? {} : { value: given.returned }) };
  },
};
const handler = keeper(texts);

describe('a keeper', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let secrets: SecretsManagerClient;
  let count = 0;
  let arn: string;
  let name: string;
  let first: string;

  beforeAll(async () => {
    const functions = (machine: Machine): Service => {
      machine.engines.requireInvocable = () => {};
      machine.engines.invokeFunction = async () => ({
        payload: null,
        functionError: { errorType: 'Nobody', errorMessage: 'The test calls the steps itself.' },
      });
      return { name: 'functions', apis: [], providers: [], close() {} };
    };
    world = await startActing([functions, createSecretsManagerService], { speed: 1 });
    secrets = new SecretsManagerClient(world.client);
  });
  beforeEach(async () => {
    count += 1;
    name = `policy-${count}`;
    asked.length = 0;
    delete given.returned;
    delete given.fails;
    const made = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'value one' }));
    arn = made.ARN as string;
    first = made.VersionId as string;
    const target = {
      kind: 'secret',
      name,
      secretArn: arn,
      rotation: { kind: 'policy-value', schema: {} },
      consumers: [],
      after: [],
      tags: [],
      overlapSeconds: 0,
    };
    await world.parameter(`/nightshift/nightshift/targets/secret/${name}`, JSON.stringify(target));
  });
  afterAll(async () => {
    secrets?.destroy();
    await world?.stop();
  });

  const begin = async () => {
    const { VersionId = '' } = await secrets.send(
      new RotateSecretCommand({
        SecretId: arn,
        RotationLambdaARN: 'arn:aws:lambda:us-east-1:123456789012:function:keeper',
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    return VersionId;
  };
  const step = (Step: string, ClientRequestToken: string) =>
    handler({ Step, SecretId: arn, ClientRequestToken }, CONTEXT);
  const rotate = async () => {
    const token = await begin();
    for (const one of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) await step(one, token);
    return token;
  };
  const ask = (request: Record<string, unknown>) => handler({ secret: name, ...request }, CONTEXT);
  const value = async (VersionStage = 'AWSCURRENT') =>
    (await secrets.send(new GetSecretValueCommand({ SecretId: arn, VersionStage }))).SecretString;
  const put = (SecretString: string, label: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString, VersionStages: [label] }));
  const labels = async () =>
    Object.values(
      (await secrets.send(new DescribeSecretCommand({ SecretId: arn }))).VersionIdsToStages ?? {},
    ).flat();

  it('makes, sets and tests a value, and tests it again right before it becomes current', async () => {
    const token = await rotate();
    expect(asked).toEqual([
      'next after value one',
      'set after value one for value one, left behind ',
      'test after value one beside value one',
      'test after value one beside value one',
    ]);
    expect(await value()).toBe('after value one');
    expect(await readRotationProgress(name, token)).toMatchObject({ step: 'finishSecret', state: 'done' });
  });

  it('takes what an operator has staged, and its label goes once it is current', async () => {
    await put('staged value', STAGED_LABEL);
    const token = await begin();
    await step('createSecret', token);
    expect(await value('AWSPENDING')).toBe('staged value');
    await step('setSecret', token);
    // Killed between the label and what follows it.
    const end = world.fault('dynamodb:PutItem', 'error:ValidationException');
    await expect(step('finishSecret', token)).rejects.toThrow();
    end();
    expect(await labels()).toContain(STAGED_LABEL);
    await step('finishSecret', token);
    expect(await value()).toBe('staged value');
    expect(await labels()).not.toContain(STAGED_LABEL);
  });

  it('leaves a value staged that came after the one which it took', async () => {
    await put('staged value', STAGED_LABEL);
    const token = await begin();
    await step('createSecret', token);
    await put('another one', STAGED_LABEL);
    await step('finishSecret', token);
    expect([await value(), await value(STAGED_LABEL)]).toEqual(['staged value', 'another one']);
  });

  it('lets the first of two calls decide which value it is', async () => {
    const token = await begin();
    await Promise.all([step('createSecret', token), step('createSecret', token)]);
    const made = await value('AWSPENDING');
    await put('staged value', STAGED_LABEL);
    asked.length = 0;
    await step('createSecret', token);
    expect(asked).toEqual([]);
    expect(await value('AWSPENDING')).toBe(made);
  });

  it('tells whoever waits why a rotation fails, without the value', async () => {
    given.fails = new Error('after value one is not as it should be');
    const token = await begin();
    await step('createSecret', token);
    await expect(step('testSecret', token)).rejects.toMatchObject({ message: '*** is not as it should be' });
    expect(await readRotationProgress(name, token)).toMatchObject({
      step: 'testSecret',
      state: 'failed',
      errorName: 'Error',
      error: '*** is not as it should be',
    });
  });

  it('gives no value away in an answer either', async () => {
    expect(await ask({ operation: 'inspect' })).toEqual({
      facts: { length: 9, said: '***' },
      obstacles: [],
      warnings: [],
    });
  });

  it('calls a value that cannot be read an obstacle of the plan', async () => {
    await put('bad value', 'AWSCURRENT');
    expect(await ask({ operation: 'inspect' })).toEqual({
      facts: {},
      obstacles: ['It is bad.'],
      warnings: [],
    });
  });

  it('stamps what it finds of adoption', async () => {
    await rotate();
    const since = new Date().toISOString();
    expect(await ask({ operation: 'prove-adoption', since })).toEqual({
      checks: [{ name: 'seen', passed: true, measured: since, at: expect.any(String) }],
    });
  });

  it('puts a value back, then its label, as often as it is asked', async () => {
    const bad = await rotate();
    for (let time = 0; time < 2; time += 1)
      expect(await ask({ operation: 'put-back', good: first, bad })).toEqual({
        done: 'Done.',
        version: first,
      });
    expect(await value()).toBe('value one');
    expect(await labels()).not.toContain('AWSPENDING');
  });

  it('stores what is put back where the earlier value cannot be used as it is, once', async () => {
    const bad = await rotate();
    given.returned = 'value one, mended';
    const answer = (await ask({ operation: 'put-back', good: first, bad })) as { version: string };
    expect([first, bad]).not.toContain(answer.version);
    given.returned = 'value one, mended otherwise';
    expect(await ask({ operation: 'put-back', good: first, bad })).toMatchObject({ version: answer.version });
    expect(await value()).toBe('value one, mended');
    expect((await labels()).toSorted()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('stores what is left of the current value when the old one is retired, once', async () => {
    const current = await rotate();
    given.returned = 'only the new one';
    const end = world.fault('secretsmanager:UpdateSecretVersionStage', 'error:ValidationException');
    const request = { operation: 'retire', current, old: first, endSessions: true };
    await expect(ask(request)).rejects.toThrow();
    end();
    expect(await value()).toBe('after value one');
    const answer = (await ask(request)) as { version: string };
    expect(await ask(request)).toMatchObject(answer);
    expect(await value()).toBe('only the new one');
    expect(asked).toContain('retire value one beside after value one, sessions true');
  });

  it.each([
    [{ operation: 'retire', current: 'x'.repeat(32), endSessions: false }, 'PreconditionFailed'],
    [{ operation: 'put-back', good: 'x'.repeat(32), bad: 'y'.repeat(32) }, 'PreconditionFailed'],
    [{ operation: 'inspect', secret: 'polizy-1' }, 'InvalidInput'],
    [{ operation: 'guess' }, 'InvalidInput'],
    [{ Step: 'mintSecret', SecretId: 'x', ClientRequestToken: 'y' }, 'InvalidInput'],
  ])('refuses %j', async (request, error) => {
    await expect(ask(request)).rejects.toMatchObject({ name: error });
  });

  it('knows what an earlier attempt has left behind', async () => {
    const token = await begin();
    await step('createSecret', token);
    await put('current by hand', 'AWSCURRENT');
    const later = await begin();
    await step('createSecret', later);
    await step('setSecret', later);
    expect(asked.at(-1)).toBe('set after current by hand for current by hand, left behind after value one');
  });

  it('knows which version it has made current before everybody sees it', async () => {
    const token = await begin();
    await step('createSecret', token);
    const end = world.fault('secrets-manager:stale-labels', 'late:1');
    await step('finishSecret', token);
    end();
    expect(await ask({ operation: 'inspect' })).toMatchObject({
      facts: { length: 'after value one'.length },
    });
  });

  it('works on labels that are seen late as on those that are there', async () => {
    const end = world.fault('secrets-manager:stale-labels', 'late:1');
    const token = await rotate();
    expect(await value()).toBe('after value one');
    // The next one begins at once: it must not begin from the version before.
    await expect
      .poll(
        () =>
          rotate().then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    end();
    expect(await value()).toBe('after after value one');
    expect(token).not.toBe('');
  });
});
