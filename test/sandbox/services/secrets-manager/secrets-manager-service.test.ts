import * as sdk from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { errorName, startServices } from '../start-services.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SecretsManagerClient;
let count = 0;
/** The secret of the test: its ARN, and the id of its first version. */
let arn: string;
let first: string;
beforeAll(async () => {
  services = await startServices([createSecretsManagerService]);
  client = new sdk.SecretsManagerClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

const create = async (properties: Record<string, unknown>) =>
  (await services.create('AWS::SecretsManager::Secret', properties, `Secret${count++}`)).ref;
const get = (input: Partial<sdk.GetSecretValueCommandInput> = {}, by = client) =>
  by.send(new sdk.GetSecretValueCommand({ SecretId: arn, ...input }));
const put = async (SecretString: string, input: Partial<sdk.PutSecretValueCommandInput> = {}) => {
  const { VersionId } = await client.send(
    new sdk.PutSecretValueCommand({ SecretId: arn, SecretString, ...input }),
  );
  return VersionId as string;
};
const move = (input: Omit<sdk.UpdateSecretVersionStageCommandInput, 'SecretId'>) =>
  client.send(new sdk.UpdateSecretVersionStageCommand({ SecretId: arn, ...input }));
/** Which version has each label. */
async function labels(): Promise<Record<string, string>> {
  const { VersionIdsToStages = {} } = await client.send(new sdk.DescribeSecretCommand({ SecretId: arn }));
  return Object.fromEntries(
    Object.entries(VersionIdsToStages).flatMap(([id, stages]) => stages.map((stage) => [stage, id])),
  );
}

beforeEach(async () => {
  arn = await create({ SecretString: 'one' });
  first = (await get()).VersionId as string;
});

describe('the versions of a secret', () => {
  test('begin with a current one', async () => {
    expect(await get()).toMatchObject({ ARN: arn, SecretString: 'one', VersionStages: ['AWSCURRENT'] });
    expect(await labels()).toEqual({ AWSCURRENT: first });
  });

  test('have the last that was put as the current one, and the one before as previous', async () => {
    const second = await put('two');
    expect(await labels()).toEqual({ AWSCURRENT: second, AWSPREVIOUS: first });
    const third = await put('three');
    expect(await labels()).toEqual({ AWSCURRENT: third, AWSPREVIOUS: second });
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two');
  });

  test('are read by their ids, with or without a label', async () => {
    await put('two');
    await put('three');
    expect((await get({ VersionId: first })).SecretString).toBe('one');
  });

  test('leave the current one alone when put under another label', async () => {
    const pending = await put('two', { VersionStages: ['AWSPENDING'] });
    expect(await labels()).toEqual({ AWSCURRENT: first, AWSPENDING: pending });
    expect((await get()).SecretString).toBe('one');
    expect((await get({ VersionStage: 'AWSPENDING' })).SecretString).toBe('two');
  });

  test.each<[string, Partial<sdk.GetSecretValueCommandInput>]>([
    ['a label that none has', { VersionStage: 'AWSPENDING' }],
    ['an id that none has', { VersionId: '11111111-2222-3333-4444-555555555555' }],
  ])('are not found by %s', async (_what, input) => {
    expect(await errorName(get(input))).toBe('ResourceNotFoundException');
  });

  test('are not read by id and label together where another has the label', async () => {
    await put('two');
    const both = get({ VersionId: first, VersionStage: 'AWSCURRENT' });
    expect(await errorName(both)).toBe('InvalidRequestException');
  });
});

describe('PutSecretValue with a token', () => {
  const token = '11111111-2222-3333-4444-555555555555';

  test('has it as the id of the version', async () => {
    expect(await put('two', { ClientRequestToken: token })).toBe(token);
  });

  test('is ignored when it comes again, wherever the labels are by then', async () => {
    await put('two', { ClientRequestToken: token });
    const third = await put('three');
    await put('two', { ClientRequestToken: token });
    expect(await labels()).toEqual({ AWSCURRENT: third, AWSPREVIOUS: token });
  });

  test('is refused when it comes again with another value', async () => {
    await put('two', { ClientRequestToken: token });
    expect(await errorName(put('other', { ClientRequestToken: token }))).toBe('ResourceExistsException');
    expect((await get()).SecretString).toBe('two');
  });

  test('is refused without a value', async () => {
    expect(await errorName(put(''))).toBe('InvalidRequestException');
    expect((await get()).SecretString).toBe('one');
  });
});

describe('UpdateSecretVersionStage', () => {
  let second: string;
  let pending: string;
  beforeEach(async () => {
    second = await put('two');
    pending = await put('three', { VersionStages: ['AWSPENDING'] });
  });

  test('ends a rotation: what was current becomes previous', async () => {
    await move({ VersionStage: 'AWSCURRENT', MoveToVersionId: pending, RemoveFromVersionId: second });
    expect(await labels()).toEqual({ AWSCURRENT: pending, AWSPENDING: pending, AWSPREVIOUS: second });
  });

  test('goes back to the previous version', async () => {
    await move({ VersionStage: 'AWSCURRENT', MoveToVersionId: first, RemoveFromVersionId: second });
    expect(await labels()).toEqual({ AWSCURRENT: first, AWSPREVIOUS: second, AWSPENDING: pending });
  });

  test('takes a label away', async () => {
    await move({ VersionStage: 'AWSPENDING', RemoveFromVersionId: pending });
    expect(await labels()).toEqual({ AWSCURRENT: second, AWSPREVIOUS: first });
  });

  test('gives a label that no version has', async () => {
    await move({ VersionStage: 'GREEN', MoveToVersionId: first });
    expect(await labels()).toMatchObject({ GREEN: first });
  });

  test.each<[string, () => Omit<sdk.UpdateSecretVersionStageCommandInput, 'SecretId'>, string]>([
    [
      'a move without the version that has the label',
      () => ({ VersionStage: 'AWSCURRENT', MoveToVersionId: pending }),
      'InvalidParameterException',
    ],
    [
      'a move from a version that does not have the label',
      () => ({ VersionStage: 'AWSCURRENT', MoveToVersionId: pending, RemoveFromVersionId: first }),
      'InvalidParameterException',
    ],
    [
      'taking away a label that the version does not have',
      () => ({ VersionStage: 'GREEN', RemoveFromVersionId: first }),
      'InvalidParameterException',
    ],
    [
      'taking the current label away',
      () => ({ VersionStage: 'AWSCURRENT', RemoveFromVersionId: second }),
      'InvalidParameterException',
    ],
    [
      'a move to a version that is not there',
      () => ({
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: '11111111-2222-3333-4444-555555555555',
        RemoveFromVersionId: second,
      }),
      'ResourceNotFoundException',
    ],
  ])('refuses %s, and changes nothing', async (_what, input, error) => {
    const before = await labels();
    expect(await errorName(move(input()))).toBe(error);
    expect(await labels()).toEqual(before);
  });
});

describe('a secret', () => {
  test('is found by its name, its ARN and its ARN without the last six characters', async () => {
    const named = await create({ Name: 'app/db', SecretString: 'x' });
    for (const SecretId of ['app/db', named, named.slice(0, -7)])
      expect((await get({ SecretId })).ARN).toBe(named);
  });

  test('that is not there is not found', async () => {
    expect(await errorName(get({ SecretId: 'gone' }))).toBe('ResourceNotFoundException');
  });

  test('of a name that is taken is not made', async () => {
    await create({ Name: 'taken', SecretString: 'x' });
    await expect(create({ Name: 'taken' })).rejects.toThrow('already exists');
  });

  test('is generated into its template', async () => {
    arn = await create({
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"app"}',
        GenerateStringKey: 'password',
        PasswordLength: 20,
        ExcludePunctuation: true,
      },
    });
    expect(JSON.parse((await get()).SecretString as string)).toEqual({
      username: 'app',
      password: expect.stringMatching(/^[A-Za-z0-9]{20}$/),
    });
  });

  test('is injected whole, by key, by label and by version', async () => {
    arn = await create({ SecretString: '{"user":"a","password":"1"}' });
    const old = (await get()).VersionId;
    await put('{"user":"a","password":"2"}');
    const { readSecret } = services.machine.engines;
    const read = (rest: string) => readSecret(`${arn}${rest}`, { caller: { kind: 'administrator' } });
    expect(await read('')).toBe('{"user":"a","password":"2"}');
    expect(await read(':password::')).toBe('2');
    expect(await read(':password:AWSPREVIOUS:')).toBe('1');
    expect(await read(`:password::${old}`)).toBe('1');
    await expect(read(':host::')).rejects.toThrow('did not contain json key host');
  });
});

describe('permission to read a secret', () => {
  const allow = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
  let roles = 0;
  function clientWith(statements: unknown[]): sdk.SecretsManagerClient {
    const other = new sdk.SecretsManagerClient(services.clientOf(`reader-${roles++}`, statements));
    readers.push(other);
    return other;
  }
  const readers: sdk.SecretsManagerClient[] = [];
  afterAll(() => {
    for (const reader of readers) reader.destroy();
  });

  test('is needed', async () => {
    expect(await errorName(get({}, clientWith([])))).toBe('AccessDeniedException');
    expect((await get({}, clientWith([allow]))).SecretString).toBe('one');
  });

  test('may be for one label only', async () => {
    const Condition = { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } };
    const reader = clientWith([{ ...allow, Condition }]);
    await put('two');
    expect((await get({}, reader)).SecretString).toBe('two');
    expect(await errorName(get({ VersionStage: 'AWSPREVIOUS' }, reader))).toBe('AccessDeniedException');
  });

  test.each([['ARN'], ['name']])("is denied by the secret's own policy, by %s", async (by) => {
    const Name = `guarded-by-${by}`;
    arn = await create({ Name, SecretString: 'x' });
    const reader = clientWith([allow]);
    const SecretId = by === 'ARN' ? arn : Name;
    expect(await errorName(get({ SecretId }, reader))).toBe('no error');
    await services.create('AWS::SecretsManager::ResourcePolicy', {
      SecretId: arn,
      ResourcePolicy: { Statement: { ...allow, Effect: 'Deny', Principal: '*' } },
    });
    expect(await errorName(get({ SecretId }, reader))).toBe('AccessDeniedException');
  });
});

describe('a secret that is deleted', () => {
  const remove = (input: Omit<sdk.DeleteSecretCommandInput, 'SecretId'> = {}) =>
    client.send(new sdk.DeleteSecretCommand({ SecretId: arn, ...input }));
  const describeIt = () => client.send(new sdk.DescribeSecretCommand({ SecretId: arn }));

  test('can be described and not read until its time is over, and comes back when it is restored', async () => {
    const { DeletionDate } = await remove({ RecoveryWindowInDays: 7 });
    expect((await describeIt()).DeletedDate).toEqual(DeletionDate);
    expect(DeletionDate?.getTime()).toBeGreaterThan(services.machine.clock.now() + 6.9 * 86_400_000);
    expect(await errorName(get())).toBe('InvalidRequestException');
    expect(await errorName(put('two'))).toBe('InvalidRequestException');
    await client.send(new sdk.RestoreSecretCommand({ SecretId: arn }));
    expect((await describeIt()).DeletedDate).toBeUndefined();
    expect((await get()).SecretString).toBe('one');
  });

  test('is gone at once where that is asked for', async () => {
    await remove({ ForceDeleteWithoutRecovery: true });
    expect(await errorName(describeIt())).toBe('ResourceNotFoundException');
  });

  test.each([
    [{ RecoveryWindowInDays: 6 }],
    [{ RecoveryWindowInDays: 31 }],
    [{ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }],
  ])('is not where it is asked for with %j', async (input) => {
    expect(await errorName(remove(input))).toBe('InvalidParameterException');
  });
});
