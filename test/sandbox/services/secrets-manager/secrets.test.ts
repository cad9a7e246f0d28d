import * as sdk from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKmsService } from '../../../../sandbox/services/kms/kms-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { errorName, startServices } from '../start-services.ts';

/** Sandbox seconds per second: a week of recovery passes in a moment. */
const SPEED = 1_000_000;
const TOKEN = '11111111-2222-3333-4444-555555555555';
const DAY_MILLISECONDS = 86_400_000;

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SecretsManagerClient;
let name: string;
let count = 0;
const others: sdk.SecretsManagerClient[] = [];
beforeAll(async () => {
  services = await startServices([createKmsService, createSecretsManagerService], { speed: SPEED });
  client = new sdk.SecretsManagerClient(services.client);
});
afterAll(async () => {
  for (const each of [client, ...others]) each.destroy();
  await services.close();
});
beforeEach(() => {
  count += 1;
  name = `app/secret-${count}`;
});

const create = (input: Partial<sdk.CreateSecretCommandInput> = {}, by = client) =>
  by.send(new sdk.CreateSecretCommand({ Name: name, SecretString: 'one', ...input }));
const get = (input: Partial<sdk.GetSecretValueCommandInput> = {}, by = client) =>
  by.send(new sdk.GetSecretValueCommand({ SecretId: name, ...input }));
const put = (input: Partial<sdk.PutSecretValueCommandInput>, by = client) =>
  by.send(new sdk.PutSecretValueCommand({ SecretId: name, ...input }));
const update = (input: Partial<sdk.UpdateSecretCommandInput>, by = client) =>
  by.send(new sdk.UpdateSecretCommand({ SecretId: name, ...input }));
const describeIt = (by = client) => by.send(new sdk.DescribeSecretCommand({ SecretId: name }));
function clientWith(...statements: unknown[]): sdk.SecretsManagerClient {
  const other = new sdk.SecretsManagerClient(services.clientOf(`role-${others.length}`, statements));
  others.push(other);
  return other;
}
const allow = (Action: string, rest: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...rest });

describe('a secret', () => {
  test('is made, described, changed and described again', async () => {
    const { ARN, VersionId } = await create({
      ClientRequestToken: TOKEN,
      Description: 'What for',
      Tags: [{ Key: 'team', Value: 'shop' }],
    });
    expect(VersionId).toBe(TOKEN);
    const made = await describeIt();
    expect(made).toMatchObject({
      ARN,
      Name: name,
      Description: 'What for',
      Tags: [{ Key: 'team', Value: 'shop' }],
      VersionIdsToStages: { [TOKEN]: ['AWSCURRENT'] },
    });
    for (const absent of ['RotationEnabled', 'RotationRules', 'LastRotatedDate', 'DeletedDate', 'KmsKeyId'])
      expect(made).not.toHaveProperty(absent);
    const changed = await update({ Description: 'Other', SecretString: 'two' });
    expect(await get()).toMatchObject({ SecretString: 'two', VersionId: changed.VersionId });
    const after = await describeIt();
    expect(after).toMatchObject({
      Description: 'Other',
      VersionIdsToStages: { [TOKEN]: ['AWSPREVIOUS'], [changed.VersionId as string]: ['AWSCURRENT'] },
    });
    expect(after.LastChangedDate?.getTime()).toBeGreaterThan(made.LastChangedDate?.getTime() as number);
    expect(after.LastAccessedDate?.toISOString()).toMatch(/T00:00:00/);
  });

  test('changes without its value make no version', async () => {
    await create();
    expect((await update({ Description: 'Other' })).VersionId).toBeUndefined();
  });

  test('may be made without a value, and has no versions then', async () => {
    const { VersionId } = await create({ SecretString: undefined });
    expect(VersionId).toBeUndefined();
    expect(await errorName(get())).toBe('ResourceNotFoundException');
    expect((await describeIt()).VersionIdsToStages).toEqual({});
  });

  test('keeps bytes as well as text', async () => {
    await create({ SecretString: undefined, SecretBinary: Buffer.from([0, 255, 1]) });
    const { SecretBinary, SecretString } = await get();
    expect([...(SecretBinary as Uint8Array)]).toEqual([0, 255, 1]);
    expect(SecretString).toBeUndefined();
    await put({ SecretBinary: Buffer.from([0, 255, 1]), ClientRequestToken: TOKEN });
    await put({ SecretBinary: Buffer.from([0, 255, 1]), ClientRequestToken: TOKEN });
    expect(await errorName(put({ SecretString: 'x', ClientRequestToken: TOKEN }))).toBe(
      'ResourceExistsException',
    );
  });

  test.each<[string, Partial<sdk.CreateSecretCommandInput>, string]>([
    ['a name with a space', { Name: 'a b' }, 'InvalidParameterException'],
    ['a token of 31 characters', { ClientRequestToken: 'x'.repeat(31) }, 'InvalidParameterException'],
    ['a token of 65 characters', { ClientRequestToken: 'x'.repeat(65) }, 'InvalidParameterException'],
    ['text and bytes', { SecretBinary: Buffer.from('x') }, 'InvalidParameterException'],
    ['a value of more than 64 KiB', { SecretString: 'x'.repeat(65_537) }, 'InvalidParameterException'],
    [
      'letters whose bytes are more than 64 KiB',
      { SecretString: 'ü'.repeat(32_769) },
      'InvalidParameterException',
    ],
    ['a tag of AWS', { Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidParameterException'],
    [
      'replicas, which the sandbox has not',
      { AddReplicaRegions: [{ Region: 'eu-west-1' }] },
      'UnsupportedOperation',
    ],
  ])('is not made with %s', async (_what, input, error) => {
    expect(await errorName(create(input))).toBe(error);
    expect(await errorName(describeIt())).toBe('ResourceNotFoundException');
  });

  test('takes exactly 64 KiB, and tokens of 32 to 64 characters', async () => {
    await create({ SecretString: 'x'.repeat(65_536), ClientRequestToken: 'x'.repeat(32) });
    await put({ SecretString: 'y', ClientRequestToken: 'y'.repeat(64) });
    expect((await get()).VersionId).toBe('y'.repeat(64));
  });

  test('lists its versions, those without labels when asked', async () => {
    await create({ ClientRequestToken: '1'.repeat(32) });
    await put({ SecretString: '2', ClientRequestToken: '2'.repeat(32) });
    await put({ SecretString: '3', ClientRequestToken: '3'.repeat(32) });
    const list = async (input: Partial<sdk.ListSecretVersionIdsCommandInput> = {}) =>
      client.send(new sdk.ListSecretVersionIdsCommand({ SecretId: name, ...input }));
    expect((await list()).Versions?.map(({ VersionStages }) => VersionStages)).toEqual([
      ['AWSCURRENT'],
      ['AWSPREVIOUS'],
    ]);
    const first = await list({ IncludeDeprecated: true, MaxResults: 2 });
    const second = await list({ IncludeDeprecated: true, MaxResults: 2, NextToken: first.NextToken });
    expect([...(first.Versions ?? []), ...(second.Versions ?? [])].map(({ VersionId }) => VersionId)).toEqual(
      ['3', '2', '1'].map((digit) => digit.repeat(32)),
    );
    expect(second.NextToken).toBeUndefined();
    expect(await errorName(list({ NextToken: 'nonsense' }))).toBe('InvalidNextTokenException');
  });

  test('has tags that can be changed', async () => {
    await create({ Tags: [{ Key: 'a', Value: '1' }] });
    await client.send(
      new sdk.TagResourceCommand({
        SecretId: name,
        Tags: [
          { Key: 'b', Value: '2' },
          { Key: 'a', Value: '3' },
        ],
      }),
    );
    await client.send(new sdk.UntagResourceCommand({ SecretId: name, TagKeys: ['b'] }));
    expect((await describeIt()).Tags).toEqual([{ Key: 'a', Value: '3' }]);
  });
});

describe('a deleted secret', () => {
  const remove = (input: Partial<sdk.DeleteSecretCommandInput> = {}) =>
    client.send(new sdk.DeleteSecretCommand({ SecretId: name, ...input }));
  const restore = () => client.send(new sdk.RestoreSecretCommand({ SecretId: name }));

  test('is described, but neither read nor changed, until it is restored', async () => {
    await create();
    const before = services.machine.clock.now();
    const { DeletionDate } = await remove();
    expect((DeletionDate as Date).getTime()).toBeGreaterThanOrEqual(before + 29 * DAY_MILLISECONDS);
    expect((await describeIt()).DeletedDate).toBeInstanceOf(Date);
    const refused = [get(), put({ SecretString: 'two' }), update({ Description: 'x' }), remove()];
    for (const call of refused) expect(await errorName(call)).toBe('InvalidRequestException');
    expect(await errorName(create())).toBe('InvalidRequestException');
    await restore();
    expect((await get()).SecretString).toBe('one');
    expect(await describeIt()).not.toHaveProperty('DeletedDate');
  });

  test('is gone when its window has passed', async () => {
    await create();
    await remove({ RecoveryWindowInDays: 7 });
    await services.machine.clock.sleep(8 * DAY_MILLISECONDS);
    expect(await errorName(describeIt())).toBe('ResourceNotFoundException');
    await create({ SecretString: 'again' });
  });

  test('is gone at once where it is forced, even when it was not there', async () => {
    await create();
    await remove({ ForceDeleteWithoutRecovery: true });
    expect(await errorName(describeIt())).toBe('ResourceNotFoundException');
    expect((await remove({ ForceDeleteWithoutRecovery: true })).Name).toBe(name);
    expect(await errorName(remove())).toBe('ResourceNotFoundException');
  });

  test.each([
    { RecoveryWindowInDays: 6 },
    { RecoveryWindowInDays: 31 },
    { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
  ])('is not deleted with %j', async (input) => {
    await create();
    expect(await errorName(remove(input))).toBe('InvalidParameterException');
    expect((await get()).SecretString).toBe('one');
  });
});

describe('the list of secrets', () => {
  const list = async (input: sdk.ListSecretsCommandInput) =>
    (await client.send(new sdk.ListSecretsCommand(input))).SecretList?.map(({ Name }) => Name);

  test('is filtered, sorted and paged', async () => {
    const make = (suffix: string, rest: Partial<sdk.CreateSecretCommandInput>) =>
      create({ Name: `${name}/${suffix}`, ...rest });
    await make('a', { Description: 'Orders database', Tags: [{ Key: 'team', Value: `${name}-x` }] });
    await make('b', { Description: 'orders key' });
    await make('C', { Description: 'Mail' });
    const own = { Key: 'name' as const, Values: [name] };
    expect(await list({ Filters: [own], SortBy: 'name', SortOrder: 'desc' })).toEqual([
      `${name}/b`,
      `${name}/a`,
      `${name}/C`,
    ]);
    expect(await list({ Filters: [own, { Key: 'description', Values: ['ORDERS'] }] })).toHaveLength(2);
    expect(await list({ Filters: [own, { Key: 'description', Values: ['!mail'] }] })).toHaveLength(2);
    expect(await list({ Filters: [{ Key: 'tag-value', Values: [`${name}-`] }] })).toEqual([`${name}/a`]);
    expect(await list({ Filters: [{ Key: 'name', Values: [name.toUpperCase()] }] })).toEqual([]);
    expect(await list({ Filters: [own, { Key: 'all', Values: ['database orders'] }] })).toEqual([
      `${name}/a`,
    ]);
    const page = await client.send(new sdk.ListSecretsCommand({ Filters: [own], MaxResults: 2 }));
    expect(page.SecretList).toHaveLength(2);
    expect(await list({ Filters: [own], MaxResults: 2, NextToken: page.NextToken })).toEqual([`${name}/C`]);
    expect(await errorName(list({ Filters: [{ Key: 'size' as never, Values: ['x'] }] }))).toBe(
      'InvalidParameterException',
    );
  });

  test('has deleted secrets only when asked', async () => {
    await create();
    await client.send(new sdk.DeleteSecretCommand({ SecretId: name }));
    const Filters = [{ Key: 'name' as const, Values: [name] }];
    expect(await list({ Filters })).toEqual([]);
    expect(await list({ Filters, IncludePlannedDeletion: true })).toEqual([name]);
  });
});

describe('reading a batch', () => {
  test('gives the values that can be read, and says why others cannot', async () => {
    await create();
    const reader = clientWith(
      allow('secretsmanager:BatchGetSecretValue'),
      allow('secretsmanager:GetSecretValue'),
    );
    const { SecretValues, Errors } = await reader.send(
      new sdk.BatchGetSecretValueCommand({ SecretIdList: [name, 'gone'] }),
    );
    expect(SecretValues).toMatchObject([{ Name: name, SecretString: 'one' }]);
    expect(Errors).toMatchObject([{ SecretId: 'gone', ErrorCode: 'ResourceNotFoundException' }]);
    const denied = clientWith(allow('secretsmanager:BatchGetSecretValue'));
    const answer = await denied.send(new sdk.BatchGetSecretValueCommand({ SecretIdList: [name] }));
    expect(answer).toMatchObject({ SecretValues: [], Errors: [{ ErrorCode: 'AccessDeniedException' }] });
  });

  test('needs names or filters, not both', async () => {
    const both = { SecretIdList: [name], Filters: [{ Key: 'name' as const, Values: [name] }] };
    for (const input of [{}, both])
      expect(await errorName(client.send(new sdk.BatchGetSecretValueCommand(input)))).toBe(
        'InvalidParameterException',
      );
  });
});

describe("a secret's own policy", () => {
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const putPolicy = (ResourcePolicy: string, rest: Partial<sdk.PutResourcePolicyCommandInput> = {}) =>
    client.send(new sdk.PutResourcePolicyCommand({ SecretId: name, ResourcePolicy, ...rest }));

  test('allows what the role has no policy for, denies what it has, and can be taken away', async () => {
    await create();
    const role = clientWith(allow('secretsmanager:PutSecretValue'));
    const arn = `arn:aws:iam::123456789012:role/role-${others.indexOf(role)}`;
    expect(await errorName(get({}, role))).toBe('AccessDeniedException');
    await putPolicy(policy({ ...allow('secretsmanager:GetSecretValue'), Principal: { AWS: arn } }));
    expect((await get({}, role)).SecretString).toBe('one');
    await putPolicy(policy({ ...allow('secretsmanager:*'), Effect: 'Deny', Principal: { AWS: arn } }));
    expect(await errorName(put({ SecretString: 'two' }, role))).toBe('AccessDeniedException');
    const kept = await client.send(new sdk.GetResourcePolicyCommand({ SecretId: name }));
    expect(JSON.parse(kept.ResourcePolicy as string).Statement[0].Effect).toBe('Deny');
    await client.send(new sdk.DeleteResourcePolicyCommand({ SecretId: name }));
    await put({ SecretString: 'two' }, role);
    const none = await client.send(new sdk.GetResourcePolicyCommand({ SecretId: name }));
    expect(none).not.toHaveProperty('ResourcePolicy');
  });

  test.each<[string, string, string]>([
    ['that is not JSON', '{', 'MalformedPolicyDocumentException'],
    ['without statements', '{}', 'MalformedPolicyDocumentException'],
    [
      'that lets everyone in, when that is blocked',
      policy({ ...allow('secretsmanager:GetSecretValue'), Principal: '*' }),
      'PublicPolicyException',
    ],
  ])('%s is refused', async (_what, text, error) => {
    await create();
    expect(await errorName(putPolicy(text, { BlockPublicPolicy: true }))).toBe(error);
  });

  test.each<[string, object, string, string]>([
    ['a tag', { 'secretsmanager:ResourceTag/team': 'shop' }, 'shop', 'bank'],
    ['a tag by its global name', { 'aws:ResourceTag/team': 'shop' }, 'shop', 'bank'],
  ])('and those of roles may ask for %s', async (_what, StringEquals, good, bad) => {
    const reader = clientWith(allow('secretsmanager:GetSecretValue', { Condition: { StringEquals } }));
    await create({ Tags: [{ Key: 'team', Value: good }] });
    expect((await get({}, reader)).SecretString).toBe('one');
    await client.send(new sdk.TagResourceCommand({ SecretId: name, Tags: [{ Key: 'team', Value: bad }] }));
    expect(await errorName(get({}, reader))).toBe('AccessDeniedException');
  });
});

describe('a secret with a key of its own', () => {
  const statement = (Action: string, role?: string) => ({
    Effect: 'Allow',
    Action,
    Resource: '*',
    Principal: { AWS: role ?? 'arn:aws:iam::123456789012:root' },
  });
  async function makeKey(statements: object[], properties: object = {}): Promise<string> {
    const KeyPolicy = { Statement: statements };
    const { attributes } = await services.create(
      'AWS::KMS::Key',
      { KeyPolicy, ...properties },
      `Key${count}-${others.length}`,
    );
    return attributes?.Arn as string;
  }

  test('is read and changed only by whoever may use the key too', async () => {
    const KmsKeyId = await makeKey([statement('kms:*')]);
    await create({ KmsKeyId });
    expect((await describeIt()).KmsKeyId).toBe(KmsKeyId);
    const secret = allow('secretsmanager:*');
    const without = clientWith(secret);
    await expect(get({}, without)).rejects.toThrow('Access to KMS is not allowed');
    expect(await errorName(put({ SecretString: 'two' }, without))).toBe('AccessDeniedException');
    expect(await errorName(create({ Name: `${name}-b`, KmsKeyId }, without))).toBe('AccessDeniedException');
    const reader = clientWith(secret, allow('kms:Decrypt'));
    expect((await get({}, reader)).SecretString).toBe('one');
    expect(await errorName(put({ SecretString: 'two' }, reader))).toBe('AccessDeniedException');
    const Condition = { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } };
    const writer = clientWith(secret, allow('kms:*', { Condition }));
    await put({ SecretString: 'two' }, writer);
    expect((await get({}, writer)).SecretString).toBe('two');
    expect((await get()).SecretString).toBe('two');
  });

  test('is denied where the policy of the key leaves the role out', async () => {
    const KmsKeyId = await makeKey([statement('kms:*', 'arn:aws:iam::123456789012:role/somebody')]);
    await create({ KmsKeyId });
    expect(await errorName(get({}, clientWith(allow('*'))))).toBe('AccessDeniedException');
  });

  test('that is disabled or not there cannot be made; one that comes to have such a key cannot either', async () => {
    const disabled = await makeKey([statement('kms:*')], { Enabled: false });
    for (const KmsKeyId of [disabled, 'alias/none'])
      expect(await errorName(create({ KmsKeyId }))).toBe('EncryptionFailure');
    await create();
    expect(await errorName(update({ KmsKeyId: disabled }))).toBe('EncryptionFailure');
    expect(await describeIt()).not.toHaveProperty('KmsKeyId');
  });

  test('changes keys with its labelled versions, and back to that of AWS', async () => {
    const KmsKeyId = await makeKey([statement('kms:*')]);
    await create();
    await update({ KmsKeyId });
    const reader = clientWith(allow('secretsmanager:GetSecretValue'));
    expect(await errorName(get({}, reader))).toBe('AccessDeniedException');
    await update({ KmsKeyId: 'alias/aws/secretsmanager' });
    expect((await get({}, reader)).SecretString).toBe('one');
    expect(await describeIt()).not.toHaveProperty('KmsKeyId');
  });

  test('that may not encrypt what is there keeps the old key for it', async () => {
    const KmsKeyId = await makeKey([statement('kms:*')]);
    await create();
    const changer = clientWith(allow('secretsmanager:*'), allow('kms:GenerateDataKey'), allow('kms:Decrypt'));
    await update({ KmsKeyId }, changer);
    const reader = clientWith(allow('secretsmanager:GetSecretValue'));
    expect((await get({}, reader)).SecretString).toBe('one');
    await put({ SecretString: 'two' }, changer);
    expect(await errorName(get({}, reader))).toBe('AccessDeniedException');
  });
});

describe('readers of a change', () => {
  /** Longer than any test. */
  const effect = 'late:9000000000';

  test('see the old value where the fault plan says so', async () => {
    await create({ ClientRequestToken: '1'.repeat(32) });
    const stop = services.machine.faults.add({
      call: 'secrets-manager:stale-reads',
      effect,
      occurrences: [1],
    });
    await put({ SecretString: 'two', ClientRequestToken: '2'.repeat(32) });
    expect((await get()).SecretString).toBe('one');
    expect(await errorName(get({ VersionStage: 'AWSPREVIOUS' }))).toBe('ResourceNotFoundException');
    // By its id, a version is there at once; and so are the labels in DescribeSecret.
    expect((await get({ VersionId: '2'.repeat(32) })).SecretString).toBe('two');
    expect((await describeIt()).VersionIdsToStages).toMatchObject({ ['2'.repeat(32)]: ['AWSCURRENT'] });
    // A later change is not the rule's, but nobody sees it before the first.
    await put({ SecretString: 'three' });
    expect((await get()).SecretString).toBe('one');
    stop();
  });

  test('see old labels likewise', async () => {
    await create({ ClientRequestToken: '1'.repeat(32) });
    const stop = services.machine.faults.add({ call: 'secrets-manager:stale-labels', effect });
    await put({ SecretString: 'two' });
    expect((await describeIt()).VersionIdsToStages).toEqual({ ['1'.repeat(32)]: ['AWSCURRENT'] });
    expect((await get()).SecretString).toBe('two');
    stop();
  });
});
