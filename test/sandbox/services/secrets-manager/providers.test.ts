import * as sdk from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createKmsService } from '../../../../sandbox/services/kms/kms-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { startServices } from '../start-services.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SecretsManagerClient;
let count = 0;
beforeAll(async () => {
  const neighbours = (machine: Machine) => {
    machine.engines.describeDatabase = (identifier) => ({
      identifier,
      host: 'db.local',
      port: 5432,
      engine: 'postgres',
      dbname: 'app',
    });
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([neighbours, createKmsService, createSecretsManagerService]);
  client = new sdk.SecretsManagerClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

const create = async (type: string, properties: Record<string, unknown>) =>
  services.create(`AWS::SecretsManager::${type}`, properties, `Thing${count++}`);
const describeIt = (SecretId: string) => client.send(new sdk.DescribeSecretCommand({ SecretId }));

test('a secret of a template has its description, its tags and its key', async () => {
  const key = await services.create('AWS::KMS::Key', {}, 'Key');
  const KmsKeyId = key.attributes?.Arn;
  const Tags = [{ Key: 'team', Value: 'shop' }];
  const { ref, attributes } = await create('Secret', {
    Description: 'What for',
    Tags,
    KmsKeyId,
    GenerateSecretString: {},
  });
  expect(attributes).toEqual({ Id: ref });
  expect(await describeIt(ref)).toMatchObject({ ARN: ref, Description: 'What for', Tags, KmsKeyId });
});

test('a secret of a template without a value has no version', async () => {
  const { ref } = await create('Secret', {});
  expect((await describeIt(ref)).VersionIdsToStages).toEqual({});
});

test.each<[string, Record<string, unknown>, string]>([
  ['replicas', { ReplicaRegions: [{ Region: 'eu-west-1' }] }, 'ReplicaRegions'],
  ['two values', { SecretString: 'x', GenerateSecretString: {} }, 'either'],
  ['a key that is not there', { KmsKeyId: 'alias/none' }, 'using the provided KMS key'],
])('a secret of a template is refused with %s', async (_what, properties, message) => {
  await expect(create('Secret', properties)).rejects.toThrow(message);
});

test('an attachment adds where the database is, as a new version', async () => {
  const { ref } = await create('Secret', { SecretString: '{"username":"app","password":"p"}' });
  const attachment = await create('SecretTargetAttachment', {
    SecretId: ref,
    TargetId: 'orders',
    TargetType: 'AWS::RDS::DBInstance',
  });
  expect(attachment.ref).toBe(ref);
  const read = async (VersionStage: string) => {
    const { SecretString } = await client.send(
      new sdk.GetSecretValueCommand({ SecretId: ref, VersionStage }),
    );
    return JSON.parse(SecretString as string);
  };
  expect(await read('AWSCURRENT')).toEqual({
    username: 'app',
    password: 'p',
    engine: 'postgres',
    host: 'db.local',
    port: 5432,
    dbname: 'app',
    dbInstanceIdentifier: 'orders',
  });
  expect(await read('AWSPREVIOUS')).toEqual({ username: 'app', password: 'p' });
});

test('an attachment needs a secret with text, and does not say what the text is', async () => {
  const empty = await create('Secret', {});
  await expect(create('SecretTargetAttachment', { SecretId: empty.ref, TargetId: 'x' })).rejects.toThrow(
    'no text',
  );
  const { ref } = await create('Secret', { SecretString: 'hunter2' });
  const refused = create('SecretTargetAttachment', { SecretId: ref, TargetId: 'x' });
  await expect(refused).rejects.toThrow('not JSON');
  await expect(refused).rejects.not.toThrow('hunter2');
});

test("a policy of a template is the secret's", async () => {
  const { ref } = await create('Secret', { SecretString: 'x' });
  const ResourcePolicy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Action: 'secretsmanager:DeleteSecret', Principal: { AWS: '*' }, Resource: '*' },
    ],
  };
  expect((await create('ResourcePolicy', { SecretId: ref, ResourcePolicy })).ref).toBe(ref);
  const kept = await client.send(new sdk.GetResourcePolicyCommand({ SecretId: ref }));
  expect(JSON.parse(kept.ResourcePolicy as string)).toEqual(ResourcePolicy);
});
