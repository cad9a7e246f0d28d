import type { Endpoint, ReplicationGroup } from '@aws-sdk/client-elasticache';
import type { RotationOf } from '../../../schemas/secret.ts';
import { PreconditionFailed } from '../../errors.ts';

type Cache = RotationOf<'redis-auth'>['cache'];

/** Why the token of this group cannot be rotated, one sentence each. */
export function groupObstacles(group: ReplicationGroup, cache: Cache): string[] {
  const name = cache.replicationGroup;
  const endpoints = (group.NodeGroups ?? []).map(({ PrimaryEndpoint }) => PrimaryEndpoint);
  return [
    ...(group.TransitEncryptionEnabled === true
      ? []
      : [`${name} is not encrypted in transit: a token would be sent for everyone to read.`]),
    ...(group.AuthTokenEnabled === true ? [] : [`${name} asks for no AUTH token.`]),
    ...((group.UserGroupIds ?? []).length > 0
      ? [`${name} has user groups (RBAC): whom it lets in is a matter of its users, not of a token.`]
      : []),
    // What one node takes proves nothing about those of other shards.
    ...(group.ClusterEnabled === true || endpoints.length > 1
      ? [`${name} is in cluster mode, in which a token cannot be proved on all shards.`]
      : []),
    // The token of one group would be changed, and proved on another.
    ...(endpoints.some((endpoint) => isAt(endpoint, cache))
      ? []
      : [`${cache.host}:${cache.port} is not the primary endpoint of ${name}.`]),
    ...(group.Status === 'available' && group.PendingModifiedValues?.AuthTokenStatus !== undefined
      ? [`Another change of the token of ${name} waits for its maintenance window.`]
      : []),
  ];
}

/** @throws PreconditionFailed naming every obstacle */
export function requireRotatable(group: ReplicationGroup, cache: Cache): void {
  const obstacles = groupObstacles(group, cache);
  if (obstacles.length === 0) return;
  throw new PreconditionFailed(
    `The token cannot be rotated: ${obstacles.join(' ')} Nothing was changed. Mend that, or correct the configuration, and rotate the secret again.`,
    { replicationGroup: cache.replicationGroup },
  );
}

const isAt = (endpoint: Endpoint | undefined, { host, port }: Cache) =>
  endpoint?.Address?.toLowerCase() === host.toLowerCase() && endpoint.Port === port;
