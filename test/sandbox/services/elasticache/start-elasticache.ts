import { readFile } from 'node:fs/promises';
import * as sdk from '@aws-sdk/client-elasticache';
import { expect, vi } from 'vitest';
import { type CacheSession, openCache } from '../../../../functions/cache/redis-session.ts';
import { createElastiCacheService } from '../../../../sandbox/services/elasticache/elasticache-service.ts';
import { startServices } from '../start-services.ts';

/** Fast enough that minutes pass in a moment, once nothing works. */
const SPEED = 300;

/** ElastiCache on a real endpoint. */
export async function startElastiCache() {
  const services = await startServices([createElastiCacheService], { speed: SPEED });
  const client = new sdk.ElastiCacheClient(services.client);
  const authorities = [await readFile(services.machine.certificateAuthority.file, 'utf8')];
  const describe = async (ReplicationGroupId: string) =>
    (await client.send(new sdk.DescribeReplicationGroupsCommand({ ReplicationGroupId })))
      .ReplicationGroups?.[0] as sdk.ReplicationGroup;

  return {
    ...services,
    elasticache: client,
    authorities,
    describe,
    /** Makes a replication group as a template would. */
    createCache: (identifier: string, properties: Record<string, unknown> = {}) =>
      services.create('AWS::ElastiCache::ReplicationGroup', {
        ReplicationGroupId: identifier,
        ReplicationGroupDescription: 'a cache',
        CacheNodeType: 'cache.t4g.micro',
        TransitEncryptionEnabled: 'true',
        ...properties,
      }),
    modify: (
      ReplicationGroupId: string,
      AuthToken: string,
      AuthTokenUpdateStrategy: sdk.AuthTokenUpdateStrategyType,
      ApplyImmediately = true,
    ) =>
      client.send(
        new sdk.ModifyReplicationGroupCommand({
          ReplicationGroupId,
          AuthToken,
          AuthTokenUpdateStrategy,
          ApplyImmediately,
        }),
      ),
    /** Resolves when the group is available. */
    async available(identifier: string): Promise<sdk.ReplicationGroup> {
      await vi.waitFor(async () => expect((await describe(identifier)).Status).toBe('available'), {
        timeout: 20_000,
      });
      return describe(identifier);
    },
    fault: (effect: string, occurrences?: number[]) =>
      services.machine.faults.add({
        call: 'elasticache-lifecycle:modify',
        effect,
        ...(occurrences ? { occurrences } : {}),
      }),
    async address(identifier: string): Promise<{ host: string; port: number }> {
      const endpoint = (await describe(identifier)).NodeGroups?.[0]?.PrimaryEndpoint;
      return { host: endpoint?.Address as string, port: endpoint?.Port as number };
    },
    async open(identifier: string, token: string): Promise<CacheSession> {
      return openCache(await this.address(identifier), token, { authorities });
    },
    /** The word with which the cache greets whoever comes with this token. */
    async greets(identifier: string, token: string): Promise<string> {
      try {
        const session = await this.open(identifier, token);
        session.close();
        return 'welcome';
      } catch (error) {
        return (error as { facts?: { code?: string } }).facts?.code ?? (error as Error).message;
      }
    },
    async stop() {
      client.destroy();
      await services.close();
    },
  };
}
export type TestElastiCache = Awaited<ReturnType<typeof startElastiCache>>;
