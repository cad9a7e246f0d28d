import type { ReplicationGroup } from '@aws-sdk/client-elasticache';
import { expect, test } from 'vitest';
import { groupObstacles, requireRotatable } from '../../../../functions/secrets/redis-auth/obstacles.ts';

const cache = { name: 'sessions', replicationGroup: 'group', host: 'Master.group.example', port: 6379 };
const good: ReplicationGroup = {
  Status: 'available',
  TransitEncryptionEnabled: true,
  AuthTokenEnabled: true,
  ClusterEnabled: false,
  UserGroupIds: [],
  PendingModifiedValues: {},
  NodeGroups: [{ PrimaryEndpoint: { Address: 'master.group.example', Port: 6379 } }],
};

test('a group as it should be has nothing in its way', () => {
  expect(groupObstacles(good, cache)).toEqual([]);
  expect(() => requireRotatable(good, cache)).not.toThrow();
  // While it is modified the change itself is what is pending.
  const modifying = {
    ...good,
    Status: 'modifying',
    PendingModifiedValues: { AuthTokenStatus: 'ROTATING' as const },
  };
  expect(groupObstacles(modifying, cache)).toEqual([]);
});

test.each<[string, Partial<ReplicationGroup>, RegExp]>([
  ['no TLS', { TransitEncryptionEnabled: false }, /not encrypted in transit/],
  ['no AUTH', { AuthTokenEnabled: false }, /asks for no AUTH token/],
  ['users', { UserGroupIds: ['users'] }, /user groups/],
  ['cluster mode', { ClusterEnabled: true }, /cluster mode/],
  [
    'another endpoint',
    { NodeGroups: [{ PrimaryEndpoint: { Address: 'master.other.example', Port: 6379 } }] },
    /not the primary endpoint/,
  ],
  ['no endpoint', { NodeGroups: [] }, /not the primary endpoint/],
  ['a change that waits', { PendingModifiedValues: { AuthTokenStatus: 'SETTING' } }, /maintenance window/],
])('%s is in its way', (_what, changed, sentence) => {
  const obstacles = groupObstacles({ ...good, ...changed }, cache);
  expect(obstacles).toHaveLength(1);
  expect(obstacles[0]).toMatch(sentence);
  expect(() => requireRotatable({ ...good, ...changed }, cache)).toThrow(/Nothing was changed/);
});
