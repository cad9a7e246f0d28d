import * as sdk from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AwsError, type BusEvent, type Machine, type Service } from '../../../../sandbox/contract.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { errorName, startServices } from '../start-services.ts';

/** Sandbox seconds per second: the minutes between attempts pass in a moment. */
const SPEED = 3000;
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

interface Call {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

let services: Awaited<ReturnType<typeof startServices>>;
let service: Service;
let client: sdk.SecretsManagerClient;
let name: string;
let first: string;
let count = 0;
const events: Array<{ name: string; detail: Record<string, unknown>; at: number }> = [];
let calls: Call[] = [];
/** What the rotation function does instead of its work, in this test. */
let behave: (call: Call) => Promise<'work' | 'fail' | 'nothing' | 'die-after-work'>;

/** Whether something is about the secret of this test: those of earlier ones may still be tried again. */
const isOwn = (what: object): boolean => JSON.stringify(what).includes(`:secret:${name}-`);

/** What a rotation function does, in this process. */
async function work({ Step, SecretId, ClientRequestToken: token }: Call): Promise<void> {
  if (Step === 'createSecret') {
    const VersionStages = ['AWSPENDING'];
    const put = { SecretId, ClientRequestToken: token, SecretString: `value of ${token}`, VersionStages };
    await client.send(new sdk.PutSecretValueCommand(put));
  }
  if (Step !== 'finishSecret') return;
  const { VersionIdsToStages = {} } = await client.send(new sdk.DescribeSecretCommand({ SecretId }));
  const [from] = Object.entries(VersionIdsToStages).find(([, all]) => all.includes('AWSCURRENT')) as [
    string,
    unknown,
  ];
  if (from === token) return;
  await client.send(
    new sdk.UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: from,
    }),
  );
}

beforeAll(async () => {
  const neighbours = (machine: Machine) => {
    machine.engines.putEvent = ({ source, detailType, detail, at }: BusEvent) => {
      expect([source, detailType]).toEqual(['aws.secretsmanager', 'AWS Service Event via CloudTrail']);
      if (isOwn(detail)) events.push({ name: detail.eventName as string, detail, at: at as number });
    };
    machine.engines.requireInvocable = (arn) => {
      if (arn !== FUNCTION) throw new AwsError('AccessDeniedException', 'no');
    };
    machine.engines.invokeFunction = async (arn, payload, { caller, type }) => {
      expect({ arn, type, caller }).toMatchObject({
        arn: FUNCTION,
        type: 'request',
        caller: { kind: 'service', principal: 'secretsmanager.amazonaws.com' },
      });
      const call = payload as Call;
      const own = isOwn(call);
      if (own) calls.push(call);
      const effect = own ? await behave(call) : 'work';
      if (effect === 'work' || effect === 'die-after-work') await work(call);
      if (effect === 'work' || effect === 'nothing') return { payload: null };
      return { payload: null, functionError: { errorType: 'Error', errorMessage: 'the secret is hunter2' } };
    };
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  const factory = (machine: Machine) => {
    service = createSecretsManagerService(machine);
    return service;
  };
  services = await startServices([neighbours, factory], { speed: SPEED });
  client = new sdk.SecretsManagerClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});
beforeEach(async () => {
  count += 1;
  name = `rotated-${count}`;
  first = `${count}`.padStart(32, '0');
  calls = [];
  events.length = 0;
  behave = async () => 'work';
  await client.send(
    new sdk.CreateSecretCommand({ Name: name, SecretString: 'one', ClientRequestToken: first }),
  );
});

const rotate = (input: Partial<sdk.RotateSecretCommandInput> = {}) =>
  client.send(new sdk.RotateSecretCommand({ SecretId: name, RotationLambdaARN: FUNCTION, ...input }));
const describeIt = () => client.send(new sdk.DescribeSecretCommand({ SecretId: name }));
const current = async () =>
  (await client.send(new sdk.GetSecretValueCommand({ SecretId: name }))).SecretString;
const clearPending = (RemoveFromVersionId: string) =>
  client.send(
    new sdk.UpdateSecretVersionStageCommand({
      SecretId: name,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId,
    }),
  );
const names = () => events.map((event) => event.name);
const until = (event: string, times = 1) =>
  expect
    .poll(() => names().filter((each) => each === event).length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(times);
const steps = () => calls.map(({ Step }) => Step);
const failing = (times: number, step: string) => {
  let left = times;
  behave = async ({ Step }) => (Step === step && left-- > 0 ? 'fail' : 'work');
};

describe('a rotation', () => {
  test('goes through four steps, and tells the bus', async () => {
    const { VersionId, ARN } = await rotate();
    await until('RotationSucceeded');
    expect(calls).toEqual(
      STEPS.map((Step) => ({
        Step,
        SecretId: ARN,
        ClientRequestToken: VersionId,
        RotationToken: expect.any(String),
      })),
    );
    expect(await current()).toBe(`value of ${VersionId}`);
    expect(names()).toEqual(['RotationStarted', 'RotationSucceeded']);
    expect(events[1]?.detail).toMatchObject({
      eventSource: 'secretsmanager.amazonaws.com',
      eventType: 'AwsServiceEvent',
      userIdentity: { accountId: '123456789012', invokedBy: 'secretsmanager.amazonaws.com' },
      requestParameters: null,
      additionalEventData: { SecretId: ARN },
      requestID: `Rotation-${ARN}-${VersionId}`,
    });
    const described = await describeIt();
    expect(described).toMatchObject({ RotationEnabled: true, RotationLambdaARN: FUNCTION });
    expect(described.LastRotatedDate).toBeInstanceOf(Date);
    // Without rules nothing is scheduled.
    expect(described).not.toHaveProperty('NextRotationDate');
    expect(described).not.toHaveProperty('RotationRules');
    expect(described.VersionIdsToStages).toEqual({
      [VersionId as string]: ['AWSPENDING', 'AWSCURRENT'],
      [first]: ['AWSPREVIOUS'],
    });
  });

  test('follows another at once', async () => {
    await rotate();
    await until('RotationSucceeded');
    const { VersionId } = await rotate({ RotationLambdaARN: undefined });
    await until('RotationSucceeded', 2);
    expect(await current()).toBe(`value of ${VersionId}`);
  });

  test('begins with a version that is empty, pending, and not listed', async () => {
    let look = async (): Promise<unknown> => undefined;
    behave = async ({ Step }) => {
      if (Step === 'createSecret') await look();
      return 'work';
    };
    const ClientRequestToken = 'a'.repeat(32);
    look = async () => {
      expect((await describeIt()).VersionIdsToStages?.[ClientRequestToken]).toEqual(['AWSPENDING']);
      const pending = { SecretId: name, VersionStage: 'AWSPENDING', VersionId: ClientRequestToken };
      expect(await errorName(client.send(new sdk.GetSecretValueCommand(pending)))).toBe(
        'ResourceNotFoundException',
      );
      const { Versions } = await client.send(new sdk.ListSecretVersionIdsCommand({ SecretId: name }));
      expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([first]);
    };
    await rotate({ ClientRequestToken });
    await until('RotationSucceeded');
    expect(names()).not.toContain('RotationFailed');
  });

  test.each(STEPS)('whose step %s fails is tried again from the first, with the same token', async (step) => {
    failing(2, step);
    await rotate();
    await until('RotationSucceeded');
    const before = STEPS.slice(0, STEPS.indexOf(step) + 1);
    expect(steps()).toEqual([...before, ...before, ...STEPS]);
    expect(new Set(calls.map(({ ClientRequestToken }) => ClientRequestToken)).size).toBe(1);
    const failures = events.filter((event) => event.name === 'RotationFailed');
    expect(failures.map(({ detail }) => detail.errorMessage)).toEqual(
      Array(2).fill(`Error when executing lambda ${FUNCTION} during ${step} step`),
    );
    const started = events.filter((event) => event.name === 'RotationStarted').map(({ at }) => at);
    expect((started[1] as number) - (failures[0]?.at as number)).toBeGreaterThanOrEqual(60_000);
    expect((started[2] as number) - (failures[1]?.at as number)).toBeGreaterThanOrEqual(120_000);
    // What a function says about its failure may hold anything.
    expect(JSON.stringify(events) + services.log.join()).not.toContain('hunter2');
  });

  test('that died after it had finished has succeeded when it is tried again', async () => {
    let died = false;
    behave = async ({ Step }) => {
      if (Step !== 'finishSecret' || died) return 'work';
      died = true;
      return 'die-after-work';
    };
    const { VersionId } = await rotate();
    await until('RotationSucceeded');
    expect(steps()).toEqual([...STEPS, ...STEPS]);
    expect(await current()).toBe(`value of ${VersionId}`);
  });

  test('whose function leaves it pending has failed', async () => {
    behave = async ({ Step }) => (Step === 'finishSecret' ? 'nothing' : 'work');
    const { VersionId } = await rotate();
    await until('RotationFailed');
    // On a busy machine the next attempt has begun already.
    const failed = events.findLast((event) => event.name === 'RotationFailed');
    expect(failed?.detail.errorMessage).toBe(
      `The version ${VersionId} is still AWSPENDING after the finishSecret step`,
    );
    await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
  });

  test('whose request comes again is one', async () => {
    const ClientRequestToken = 'b'.repeat(32);
    await rotate({ ClientRequestToken });
    expect((await rotate({ ClientRequestToken })).VersionId).toBe(ClientRequestToken);
    await until('RotationSucceeded');
    expect((await rotate({ ClientRequestToken })).VersionId).toBe(ClientRequestToken);
    expect(steps()).toEqual(STEPS);
  });
});

describe('a rotation that does not succeed', () => {
  test('is given up after five attempts; a new one is refused, and has the old one tried again', async () => {
    failing(5, 'setSecret');
    const { VersionId } = await rotate();
    await until('RotationFailed', 5);
    await services.machine.clock.sleep(600_000);
    expect(names().filter((each) => each === 'RotationFailed')).toHaveLength(5);
    await expect(rotate()).rejects.toThrow(
      expect.objectContaining({
        name: 'InvalidRequestException',
        message: "A previous rotation isn't complete. That rotation will be reattempted.",
      }),
    );
    await until('RotationSucceeded');
    expect(await current()).toBe(`value of ${VersionId}`);
    await rotate();
    await until('RotationSucceeded', 2);
  });

  /** A rotation whose token has this name fails in a step; any other works. */
  async function stuck(step: string): Promise<string> {
    const ClientRequestToken = `stuck-${count}`.padStart(32, '0');
    behave = async (call) =>
      call.Step === step && call.ClientRequestToken === ClientRequestToken ? 'fail' : 'work';
    await rotate({ ClientRequestToken });
    await until('RotationFailed');
    return ClientRequestToken;
  }

  test('is got past by taking its label away', async () => {
    const old = await stuck('testSecret');
    await clearPending(old);
    const { VersionId } = await rotate();
    await until('RotationSucceeded');
    expect(await current()).toBe(`value of ${VersionId}`);
    const ofOld = () => calls.filter(({ ClientRequestToken }) => ClientRequestToken === old).length;
    const before = ofOld();
    await services.machine.clock.sleep(600_000);
    // Nobody tries the old one again.
    expect(ofOld()).toBe(before);
  });

  test('is abandoned when somebody puts a new current value', async () => {
    const old = await stuck('setSecret');
    await client.send(new sdk.PutSecretValueCommand({ SecretId: name, SecretString: 'by hand' }));
    const abandoned = events.find((event) => event.name === 'RotationAbandoned');
    expect(abandoned?.detail.requestID).toContain(old);
    expect((await describeIt()).VersionIdsToStages).not.toHaveProperty(old);
    expect(await current()).toBe('by hand');
    await rotate();
    await until('RotationSucceeded');
  });

  test('is none any more once its version was current; the label it leaves goes with the next value', async () => {
    const { VersionId } = await rotate();
    await until('RotationSucceeded');
    await client.send(new sdk.PutSecretValueCommand({ SecretId: name, SecretString: 'by hand' }));
    expect(names()).not.toContain('RotationAbandoned');
    expect((await describeIt()).VersionIdsToStages?.[VersionId as string]).toEqual(['AWSPREVIOUS']);
  });

  test('is seen again where its label is left on a version that is put back', async () => {
    const { VersionId } = await rotate();
    await until('RotationSucceeded');
    behave = async () => 'fail';
    await client.send(
      new sdk.UpdateSecretVersionStageCommand({
        SecretId: name,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: first,
        RemoveFromVersionId: VersionId,
      }),
    );
    expect(await errorName(rotate())).toBe('InvalidRequestException');
    await clearPending(VersionId as string);
    behave = async () => 'work';
    const next = await rotate();
    await until('RotationSucceeded', 2);
    expect(await current()).toBe(`value of ${next.VersionId}`);
  });

  test('stops when rotation is turned off; the labels stay', async () => {
    behave = async ({ Step }) => {
      if (Step === 'setSecret') await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
      return 'work';
    };
    const { VersionId } = await rotate();
    await expect.poll(() => steps()).toEqual(STEPS.slice(0, 2));
    await services.machine.clock.sleep(120_000);
    expect(steps()).toEqual(STEPS.slice(0, 2));
    const described = await describeIt();
    expect(described).toMatchObject({ RotationEnabled: false, RotationLambdaARN: FUNCTION });
    expect(described).not.toHaveProperty('LastRotatedDate');
    expect(described.VersionIdsToStages?.[VersionId as string]).toEqual(['AWSPENDING']);
    const again = await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
    expect(again.VersionId).toBe(VersionId);
    expect(await errorName(rotate())).toBe('InvalidRequestException');
    await clearPending(VersionId as string);
    behave = async () => 'work';
    await rotate();
    await until('RotationSucceeded');
  });
});

describe('a test of the function', () => {
  test('is testSecret alone, with a pending version that is there only meanwhile', async () => {
    let seen: unknown;
    let meanwhile = '';
    behave = async ({ ClientRequestToken: token }) => {
      seen = (await describeIt()).VersionIdsToStages?.[token];
      meanwhile = await errorName(rotate());
      return 'work';
    };
    const answer = await rotate({ RotateImmediately: false });
    expect(answer.VersionId).toBeUndefined();
    await until('TestRotationSucceeded');
    expect(steps()).toEqual(['testSecret']);
    expect([seen, meanwhile]).toEqual([['AWSPENDING'], 'InvalidRequestException']);
    expect(names()).toEqual(['TestRotationStarted', 'TestRotationSucceeded']);
    expect((await describeIt()).VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });
    behave = async () => 'work';
    await rotate();
    await until('RotationSucceeded');
  });

  test('that fails is not tried again', async () => {
    behave = async () => 'fail';
    await rotate({ RotateImmediately: false });
    await until('TestRotationFailed');
    await services.machine.clock.sleep(120_000);
    expect(steps()).toEqual(['testSecret']);
    expect((await describeIt()).RotationEnabled).toBe(true);
  });
});

describe('a rotation is refused', () => {
  test.each<[string, Partial<sdk.RotateSecretCommandInput>, string]>([
    ['without a function', { RotationLambdaARN: undefined }, 'InvalidRequestException'],
    [
      'with a function that cannot be invoked',
      { RotationLambdaARN: `${FUNCTION}-2` },
      'AccessDeniedException',
    ],
    ['with a token of 31 characters', { ClientRequestToken: 'x'.repeat(31) }, 'InvalidParameterException'],
    [
      'with rules that cannot be',
      { RotationRules: { AutomaticallyAfterDays: 0 } },
      'InvalidParameterException',
    ],
    ['of a secret that is not there', { SecretId: 'gone' }, 'ResourceNotFoundException'],
    [
      'by a partner, which the sandbox does not imitate',
      { ExternalSecretRotationRoleArn: 'arn:aws:iam::123456789012:role/partner-role' },
      'UnsupportedOperation',
    ],
  ])('%s, and nothing is changed', async (_how, input, error) => {
    expect(await errorName(rotate(input))).toBe(error);
    const described = await describeIt();
    expect(described).not.toHaveProperty('RotationEnabled');
    expect(described.VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });
    expect(calls).toEqual([]);
  });

  test('with the token of another version', async () => {
    const ClientRequestToken = 'c'.repeat(32);
    const put = { SecretId: name, ClientRequestToken, SecretString: 'x', VersionStages: ['GREEN'] };
    await client.send(new sdk.PutSecretValueCommand(put));
    expect(await errorName(rotate({ ClientRequestToken }))).toBe('InvalidRequestException');
  });

  test('of a secret that waits for its deletion', async () => {
    await client.send(new sdk.DeleteSecretCommand({ SecretId: name }));
    expect(await errorName(rotate())).toBe('InvalidRequestException');
  });

  test('to roles that may not rotate, or not call the function', async () => {
    const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
    const as = async (role: string, ...actions: string[]) => {
      const by = new sdk.SecretsManagerClient(services.clientOf(`${role}-${count}`, actions.map(allow)));
      const input = { SecretId: name, RotationLambdaARN: FUNCTION };
      const error = await errorName(by.send(new sdk.RotateSecretCommand(input)));
      by.destroy();
      return error;
    };
    expect(await as('none', 'lambda:InvokeFunction')).toBe('AccessDeniedException');
    expect(await as('half', 'secretsmanager:RotateSecret')).toBe('AccessDeniedException');
    expect(await as('both', 'secretsmanager:RotateSecret', 'lambda:InvokeFunction')).toBe('no error');
    await until('RotationSucceeded');
  });
});

describe('a schedule', () => {
  test('rotates when its window opens, says when the next one is, and stops when turned off', async () => {
    await rotate({
      RotationRules: { ScheduleExpression: 'rate(4 hours)', Duration: '2h' },
      RotateImmediately: false,
    });
    await until('TestRotationSucceeded');
    const before = await describeIt();
    expect(before.RotationRules).toEqual({ ScheduleExpression: 'rate(4 hours)', Duration: '2h' });
    const due = before.NextRotationDate as Date;
    expect(due.toISOString()).toMatch(/T(01|05|09|13|17|21):59:59/);
    await until('RotationSucceeded');
    const opened = events.find((event) => event.name === 'RotationStarted') as { at: number };
    expect(opened.at).toBeGreaterThanOrEqual(due.getTime() + 1000 - 7_200_000);
    expect(opened.at).toBeLessThan(due.getTime());
    expect((await describeIt()).NextRotationDate?.getTime()).toBe(due.getTime() + 4 * 3_600_000);
    await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
    expect(await describeIt()).not.toHaveProperty('NextRotationDate');
  });
});

describe('AWS::SecretsManager::RotationSchedule', () => {
  const schedule = (properties: object) =>
    services.create(
      'AWS::SecretsManager::RotationSchedule',
      { SecretId: name, RotationLambdaARN: FUNCTION, ...properties },
      `Schedule${count}`,
    );

  test('without rules is one on demand; the secret is rotated once, when everything is deployed', async () => {
    const { ref } = await schedule({});
    expect(ref).toBe((await describeIt()).ARN);
    expect(await describeIt()).toMatchObject({ RotationEnabled: true });
    expect(calls).toEqual([]);
    await service.start?.();
    // Ready means: rotated.
    expect(names()).toEqual(['RotationStarted', 'RotationSucceeded']);
  });

  test('may leave it at a test of the function', async () => {
    await schedule({
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: 'false',
    });
    await until('TestRotationSucceeded');
    const { RotationRules } = await describeIt();
    expect(RotationRules).toEqual({ ScheduleExpression: 'rate(30 days)', AutomaticallyAfterDays: 30 });
    await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
  });

  test.each<[object, string]>([
    [{ RotationLambdaARN: undefined }, 'No Lambda rotation function'],
    [{ RotationLambdaARN: `${FUNCTION}-2` }, 'cannot invoke the specified Lambda function'],
    [{ HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser' } }, 'HostedRotationLambda'],
    [{ RotationRules: { Duration: '2h' } }, 'needs AutomaticallyAfterDays'],
  ])('is refused with %j', async (properties, message) => {
    await expect(schedule(properties)).rejects.toThrow(message);
  });
});
