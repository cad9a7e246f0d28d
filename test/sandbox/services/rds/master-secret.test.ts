import * as sdk from '@aws-sdk/client-rds';
import * as secrets from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

let rds: Awaited<ReturnType<typeof startRds>>;
let secretsManager: secrets.SecretsManagerClient;
let attributes: Record<string, unknown> | undefined;
beforeAll(async () => {
  rds = await startRds();
  secretsManager = new secrets.SecretsManagerClient(rds.client);
  const created = await rds.createDatabase('orders', {
    BackupRetentionPeriod: 0,
    MasterUserPassword: undefined,
    ManageMasterUserPassword: true,
  });
  attributes = created.attributes;
});
afterAll(async () => {
  secretsManager.destroy();
  await rds.stop();
});

const modify = (
  DBInstanceIdentifier: string,
  input: Partial<sdk.ModifyDBInstanceCommandInput>,
  client = rds.rds,
) => client.send(new sdk.ModifyDBInstanceCommand({ DBInstanceIdentifier, ...input }));
const secretOf = async (identifier: string) => (await rds.describe(identifier)).MasterUserSecret;
const read = async (SecretId: string | undefined) => {
  const { SecretString } = await secretsManager.send(new secrets.GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString as string) as { username: string; password: string };
};
const logsIn = async (identifier: string, password: string) => {
  const { Endpoint } = await rds.describe(identifier);
  await rds.connect(Endpoint, rowsOf('SELECT 1'), password);
};

test('a managed master password is in a secret of RDS', async () => {
  const secret = await secretOf('orders');
  expect(secret).toMatchObject({
    SecretArn: expect.stringMatching(/:secret:rds!db-[0-9a-f-]{36}-[0-9a-f]{6}$/),
    SecretStatus: 'active',
  });
  expect(attributes?.['MasterUserSecret.SecretArn']).toBe(secret?.SecretArn);
  const value = await read(secret?.SecretArn);
  expect(value).toEqual({ username: 'master', password: expect.stringMatching(/^.{28}$/) });
  await logsIn('orders', value.password);
  const described = await secretsManager.send(
    new secrets.DescribeSecretCommand({ SecretId: secret?.SecretArn }),
  );
  expect(described.OwningService).toBe('rds');
  const put = new secrets.PutSecretValueCommand({ SecretId: secret?.SecretArn, SecretString: '{}' });
  expect(await errorName(secretsManager.send(put))).toBe('InvalidRequestException');
  expect(await errorName(modify('orders', { MasterUserPassword: 'battery-staple' }))).toBe(
    'InvalidParameterCombination',
  );
});

test('a restored instance has the password of then and no secret, until it is told to', async () => {
  const { password } = await read((await secretOf('orders'))?.SecretArn);
  const names = { DBSnapshotIdentifier: 'first', DBInstanceIdentifier: 'orders' };
  await rds.rds.send(new sdk.CreateDBSnapshotCommand(names));
  await rds.snapshotAvailable('first');
  const restore = { DBSnapshotIdentifier: 'first', DBInstanceIdentifier: 'again' };
  const managed = { ...restore, ManageMasterUserPassword: true };
  // AWS has this for Oracle only.
  expect(await errorName(rds.rds.send(new sdk.RestoreDBInstanceFromDBSnapshotCommand(managed)))).toBe(
    'InvalidParameterCombination',
  );
  await rds.rds.send(new sdk.RestoreDBInstanceFromDBSnapshotCommand(restore));
  expect((await rds.available('again')).MasterUserSecret).toBeUndefined();
  await logsIn('again', password);

  await modify('again', { ManageMasterUserPassword: true, ApplyImmediately: true });
  const { MasterUserSecret: secret } = await rds.available('again');
  expect(secret?.SecretArn).not.toBe((await secretOf('orders'))?.SecretArn);
  const fresh = await read(secret?.SecretArn);
  expect(fresh.password).not.toBe(password);
  await logsIn('again', fresh.password);
  await expect(logsIn('again', password)).rejects.toThrow(/password authentication failed/);

  expect(await errorName(modify('again', { ManageMasterUserPassword: false }))).toBe(
    'InvalidParameterCombination',
  );
  await modify('again', { ManageMasterUserPassword: false, MasterUserPassword: 'battery-staple' });
  expect((await rds.available('again')).MasterUserSecret).toBeUndefined();
  await logsIn('again', 'battery-staple');
  expect(await errorName(read(secret?.SecretArn))).toBe('ResourceNotFoundException');
}, 60_000);

test('whoever turns it on must be allowed to make secrets', async () => {
  const allow = (Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
  const role = new sdk.RDSClient(rds.clientOf('modifier', [allow(['rds:ModifyDBInstance'])]));
  expect(await errorName(modify('orders', { ManageMasterUserPassword: true }, role))).toBe('AccessDenied');
  expect(await errorName(modify('orders', { CopyTagsToSnapshot: true }, role))).toBe('no error');
  role.destroy();
});

test('the secret goes with its instance', async () => {
  const secret = await secretOf('orders');
  const remove = { DBInstanceIdentifier: 'orders', SkipFinalSnapshot: true };
  await rds.rds.send(new sdk.DeleteDBInstanceCommand(remove));
  await expect.poll(() => errorName(rds.describe('orders')), { timeout: 20_000 }).not.toBe('no error');
  expect(await errorName(read(secret?.SecretArn))).toBe('ResourceNotFoundException');
}, 30_000);
