import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findRedisServer, NO_REDIS } from '../../../sandbox/redis/program.ts';
import { createElastiCacheService } from '../../../sandbox/services/elasticache/elasticache-service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startServices } from '../services/start-services.ts';

test('the program is the first of the path that may be run', async () => {
  const folder = temporaryFolder();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  for (const place of [first, second]) {
    await mkdir(place);
    await writeFile(join(place, 'redis-server'), '');
  }
  await chmod(join(second, 'redis-server'), 0o755);
  expect(findRedisServer(['', '/nowhere', first, second].join(delimiter))).toBe(join(second, 'redis-server'));
  expect(findRedisServer(first)).toBeUndefined();
});

test('without it a cache cannot be deployed, and the error says what to install', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const services = await startServices([createElastiCacheService]);
  try {
    await expect(
      services.create('AWS::ElastiCache::ReplicationGroup', {
        ReplicationGroupDescription: 'a cache',
        TransitEncryptionEnabled: true,
      }),
    ).rejects.toThrow(NO_REDIS);
  } finally {
    vi.unstubAllEnvs();
    await services.close();
  }
});
