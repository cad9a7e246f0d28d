import { existsSync } from 'node:fs';
import { connect } from 'node:tls';
import * as sdk from '@aws-sdk/client-elasticache';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeWithRedis } from '../../../support/redis.ts';
import { errorName } from '../start-services.ts';
import { startElastiCache, type TestElastiCache } from './start-elasticache.ts';

const FIRST = 'the-first-token-1';
const SECOND = 'the-second-token-2';
const THIRD = 'the-third-token-3';

describeWithRedis('a replication group', () => {
  let cache: TestElastiCache;
  const removals: Array<() => void> = [];
  beforeAll(async () => {
    cache = await startElastiCache();
    await cache.create('AWS::ElastiCache::SubnetGroup', {
      CacheSubnetGroupName: 'Inside',
      Description: 'x',
      SubnetIds: ['subnet-1'],
    });
    const created = await cache.createCache('Sessions', {
      AuthToken: FIRST,
      CacheSubnetGroupName: 'inside',
      NumCacheClusters: 2,
      Tags: [{ Key: 'team', Value: 'shop' }],
    });
    expect(created.ref).toBe('sessions');
    expect(created.attributes?.['PrimaryEndPoint.Address']).toBe('localhost');
  });
  afterEach(() => {
    for (const remove of removals.splice(0)) remove();
  });
  afterAll(async () => {
    const { pid } = { pid: cache.machine.directory };
    await cache.stop();
    expect(existsSync(pid)).toBe(false);
  });

  test('is described', async () => {
    const group = await cache.describe('sessions');
    expect(group).toMatchObject({
      ReplicationGroupId: 'sessions',
      Status: 'available',
      AuthTokenEnabled: true,
      TransitEncryptionEnabled: true,
      ClusterEnabled: false,
      MemberClusters: ['sessions-001', 'sessions-002'],
      ARN: 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions',
    });
    expect(await errorName(cache.describe('other'))).toBe('ReplicationGroupNotFoundFault');
  });

  test('takes its token over TLS, and nothing else', async () => {
    expect(await cache.greets('sessions', FIRST)).toBe('welcome');
    expect(await cache.greets('sessions', SECOND)).toBe('WRONGPASS');
    const { port } = await cache.address('sessions');
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: 'localhost', ca: cache.authorities }, () =>
        socket.write('PING\r\n'),
      );
      socket.once('data', (data) => {
        resolve(String(data));
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(answer).toMatch(/^-NOAUTH/);
  });

  test('keeps commands to itself as the service does', async () => {
    const session = await cache.open('sessions', FIRST);
    for (const command of [['CONFIG', 'GET', '*'], ['ACL', 'SETUSER', 'x'], ['SHUTDOWN'], ['BGSAVE']])
      await expect(session.command(...(command as [string]))).rejects.toMatchObject({
        facts: { code: 'NOPERM' },
      });
    expect(await session.command('SET', 'key', 'value')).toBe('OK');
    session.close();
  });

  test('takes two tokens once the new one was rotated in, and one when that is set', async () => {
    const open = await cache.open('sessions', FIRST);
    const { ReplicationGroup: answer } = await cache.modify('sessions', SECOND, 'ROTATE');
    expect(answer).toMatchObject({
      Status: 'modifying',
      PendingModifiedValues: { AuthTokenStatus: 'ROTATING' },
    });
    expect(await errorName(cache.modify('sessions', THIRD, 'ROTATE'))).toBe(
      'InvalidReplicationGroupStateFault',
    );
    expect((await cache.available('sessions')).PendingModifiedValues).toEqual({});
    expect(await cache.greets('sessions', FIRST)).toBe('welcome');
    expect(await cache.greets('sessions', SECOND)).toBe('welcome');
    expect(await errorName(cache.modify('sessions', FIRST, 'SET'))).toBe('InvalidParameterValueException');
    await cache.modify('sessions', SECOND, 'SET');
    await cache.available('sessions');
    expect(await cache.greets('sessions', FIRST)).toBe('WRONGPASS');
    expect(await cache.greets('sessions', SECOND)).toBe('welcome');
    // Whoever is in stays in.
    expect(await open.command('PING')).toBe('PONG');
    open.close();
    await cache.modify('sessions', FIRST, 'ROTATE');
    await cache.available('sessions');
    await cache.modify('sessions', FIRST, 'SET');
    await cache.available('sessions');
  });

  test('waits for its maintenance window unless told not to', async () => {
    await cache.modify('sessions', SECOND, 'ROTATE', false);
    expect(await cache.describe('sessions')).toMatchObject({
      Status: 'available',
      PendingModifiedValues: { AuthTokenStatus: 'ROTATING' },
    });
    expect(await cache.greets('sessions', SECOND)).toBe('WRONGPASS');
  });

  test('refuses tokens and requests as the service does', async () => {
    expect(await errorName(cache.modify('sessions', 'short', 'ROTATE'))).toBe(
      'InvalidParameterValueException',
    );
    expect(await errorName(cache.modify('sessions', FIRST, 'DELETE'))).toBe('InvalidParameterValueException');
    const empty = new sdk.ModifyReplicationGroupCommand({ ReplicationGroupId: 'sessions' });
    expect(await errorName(cache.elasticache.send(empty))).toBe('InvalidParameterCombinationException');
    const unknown = new sdk.ModifyReplicationGroupCommand({
      ReplicationGroupId: 'sessions',
      CacheNodeType: 'cache.r7g.large',
    });
    expect(await errorName(cache.elasticache.send(unknown))).toBe('UnsupportedOperation');
  });

  test('is modified only by those who may', async () => {
    const arn = 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions';
    const client = new sdk.ElastiCacheClient(
      cache.clientOf('keeper', [
        { Effect: 'Allow', Action: 'elasticache:DescribeReplicationGroups', Resource: arn },
        {
          Effect: 'Allow',
          Action: 'elasticache:ModifyReplicationGroup',
          Resource: arn,
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'other' } },
        },
      ]),
    );
    const describeThem = new sdk.DescribeReplicationGroupsCommand({ ReplicationGroupId: 'sessions' });
    expect((await client.send(describeThem)).ReplicationGroups).toHaveLength(1);
    expect(await errorName(client.send(new sdk.DescribeReplicationGroupsCommand({})))).toMatch(
      /^AccessDenied/,
    );
    const change = new sdk.ModifyReplicationGroupCommand({
      ReplicationGroupId: 'sessions',
      AuthToken: SECOND,
      AuthTokenUpdateStrategy: 'ROTATE',
    });
    expect(await errorName(client.send(change))).toMatch(/^AccessDenied/);
    client.destroy();
  });

  test('goes on with the tokens that it had when a modification fails', async () => {
    removals.push(cache.fault('fail'));
    await cache.modify('sessions', SECOND, 'ROTATE');
    expect((await cache.describe('sessions')).Status).toBe('modifying');
    await cache.available('sessions');
    expect(await cache.greets('sessions', FIRST)).toBe('welcome');
    expect(await cache.greets('sessions', SECOND)).toBe('WRONGPASS');
  });

  test('hangs in a modification for as long as the fault is in force', async () => {
    const release = cache.fault('hang');
    removals.push(release);
    await cache.modify('sessions', SECOND, 'ROTATE');
    await cache.machine.clock.sleep(240_000);
    expect((await cache.describe('sessions')).Status).toBe('modifying');
    release();
    await cache.available('sessions');
    expect(await cache.greets('sessions', SECOND)).toBe('welcome');
  });

  test('is refused where it would not be what it seems', async () => {
    await expect(cache.createCache('sessions')).rejects.toThrow(/already/);
    await expect(cache.createCache('plain', { TransitEncryptionEnabled: false })).rejects.toThrow(
      /encrypted in transit/,
    );
    await expect(cache.createCache('shards', { NumNodeGroups: 2 })).rejects.toThrow(/cluster mode/);
    await expect(cache.createCache('other', { Engine: 'valkey' })).rejects.toThrow(/redis, not valkey/);
    await expect(cache.createCache('two--hyphens')).rejects.toThrow(/no ReplicationGroupId/);
    await expect(cache.createCache('other', { CacheSubnetGroupName: 'gone' })).rejects.toThrow(
      /no cache subnet group/,
    );
    await expect(cache.createCache('other', { UserGroupIds: ['x'] })).rejects.toThrow(/does not act on/);
  });
});
