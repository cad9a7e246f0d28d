import * as sdk from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStsService } from '../../../../sandbox/services/sts/sts-service.ts';
import { errorName, startServices } from '../start-services.ts';

const ACCOUNT = '123456789012';
const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;

let services: Awaited<ReturnType<typeof startServices>>;
const clients: sdk.STSClient[] = [];
const connect = (config: sdk.STSClientConfig) => {
  const client = new sdk.STSClient(config);
  clients.push(client);
  return client;
};
beforeAll(async () => {
  services = await startServices([createStsService]);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await services.close();
});

const identityOf = (client: sdk.STSClient) => client.send(new sdk.GetCallerIdentityCommand({}));
let roles = 0;
/** A role that another may assume, and a client of that other. */
function pair({ trusts = true, may = true } = {}) {
  const number = roles++;
  const target = `target-${number}`;
  services.policies.addRole({
    arn: arnOf(target),
    name: target,
    trust: {
      Statement: {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: arnOf(trusts ? `caller-${number}` : 'somebody') },
      },
    },
  });
  const statement = { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' };
  const client = connect(services.clientOf(`caller-${number}`, may ? [] : [statement]));
  return { target: arnOf(target), client };
}
const assume = (client: sdk.STSClient, RoleArn: string, RoleSessionName = 'run-1') =>
  client.send(new sdk.AssumeRoleCommand({ RoleArn, RoleSessionName }));

describe('GetCallerIdentity', () => {
  test('tells the administrator who it is', async () => {
    expect(await identityOf(connect(services.client))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:user/administrator`,
    });
  });

  test('tells a role its name and session, whatever it may', async () => {
    expect(await identityOf(connect(services.clientOf('worker', [])))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/session`,
    });
  });

  test('refuses a signature of nobody', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
    expect(await errorName(identityOf(connect({ ...services.client, credentials })))).toBe(
      'InvalidClientTokenId',
    );
  });
});

describe('AssumeRole', () => {
  test('gives credentials that are the role', async () => {
    const { target, client } = pair();
    const { Credentials, AssumedRoleUser } = await assume(client, target);
    expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(services.machine.clock.now() + 3_500_000);
    const assumed = connect({
      ...services.client,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    const { Arn } = await identityOf(assumed);
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/${target.split('/')[1]}/run-1`);
    expect(AssumedRoleUser?.Arn).toBe(Arn);
  });

  test.each([
    ['where the role does not trust the caller', { trusts: false }],
    ["where the caller's own policy denies it", { may: false }],
  ])('is denied %s', async (_why, options) => {
    const { target, client } = pair(options);
    expect(await errorName(assume(client, target))).toBe('AccessDenied');
  });

  test('of a role that is not there is denied', async () => {
    const { client } = pair();
    expect(await errorName(assume(client, arnOf('gone')))).toBe('AccessDenied');
  });

  test.each([['a'], ['with space'], ['x'.repeat(65)]])("refuses the session name '%s'", async (name) => {
    const { target, client } = pair();
    expect(await errorName(assume(client, target, name))).toBe('ValidationError');
  });
});
