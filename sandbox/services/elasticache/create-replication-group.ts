import type { CreatedResource, Resource } from '../../contract.ts';
import { startRedis } from '../../redis/server.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { tagMap } from '../tags.ts';
import type { Account, ReplicationGroup } from './account.ts';
import { checkToken } from './auth-tokens.ts';

const PROPERTIES = [
  'ReplicationGroupId',
  'ReplicationGroupDescription',
  'Engine',
  'EngineVersion',
  'CacheNodeType',
  'NumCacheClusters',
  'ReplicasPerNodeGroup',
  'NumNodeGroups',
  'AutomaticFailoverEnabled',
  'MultiAZEnabled',
  'AuthToken',
  'TransitEncryptionEnabled',
  'TransitEncryptionMode',
  'AtRestEncryptionEnabled',
  'KmsKeyId',
  'CacheSubnetGroupName',
  'CacheParameterGroupName',
  'SecurityGroupIds',
  'Port',
  'AutoMinorVersionUpgrade',
  'PreferredMaintenanceWindow',
  'SnapshotRetentionLimit',
  'SnapshotWindow',
  'NetworkType',
  'IpDiscovery',
];
const LONGEST_IDENTIFIER = 40;

/** Creates a replication group of a template, which starts a server. The port that it asks for is not its own here: all hosts are localhost. */
export async function createReplicationGroup(account: Account, resource: Resource): Promise<CreatedResource> {
  refuseUnknown(resource, PROPERTIES);
  const { properties } = resource;
  const { machine, groups } = account;
  const is = (value: unknown, otherwise = false) =>
    value === undefined ? otherwise : String(value) === 'true';
  const engine = properties.Engine ?? 'redis';
  if (engine !== 'redis') throw new Error(`the sandbox runs the engine redis, not ${engine}`);
  if (
    !is(properties.TransitEncryptionEnabled) ||
    (properties.TransitEncryptionMode ?? 'required') !== 'required'
  )
    throw new Error(
      'caches of the sandbox are encrypted in transit: TransitEncryptionEnabled must be true, and its mode required',
    );
  if (Number(properties.NumNodeGroups ?? 1) !== 1)
    throw new Error('the sandbox has no cluster mode: NumNodeGroups must be 1');
  if (properties.AuthToken !== undefined) checkToken(properties.AuthToken);
  const identifier = newIdentifier(
    properties.ReplicationGroupId ?? resource.physicalName(LONGEST_IDENTIFIER),
  );
  if (groups.has(identifier)) throw new Error(`there is a replication group ${identifier} already`);
  requireGroups(account, properties);
  const finished = machine.clock.work();
  try {
    const tokens: readonly string[] = properties.AuthToken === undefined ? [] : [properties.AuthToken];
    const group: ReplicationGroup = {
      identifier,
      description: properties.ReplicationGroupDescription,
      createdAt: machine.clock.now(),
      server: await startRedis(machine, identifier, tokens),
      nodeType: properties.CacheNodeType ?? 'cache.t4g.micro',
      engineVersion: String(properties.EngineVersion ?? '7.0'),
      nodes: Number(properties.NumCacheClusters ?? 1 + Number(properties.ReplicasPerNodeGroup ?? 0)),
      settings: {
        automaticFailover: is(properties.AutomaticFailoverEnabled),
        multiAz: is(properties.MultiAZEnabled),
        encryptedAtRest: is(properties.AtRestEncryptionEnabled),
        kmsKeyId: properties.KmsKeyId,
        autoMinorVersionUpgrade: is(properties.AutoMinorVersionUpgrade, true),
        snapshotRetentionDays: Number(properties.SnapshotRetentionLimit ?? 0),
      },
      tags: tagMap(properties.Tags),
      status: 'available',
      tokens,
      tokensChangedAt: machine.clock.now(),
      pending: undefined,
    };
    groups.set(identifier, group);
    const address = { Address: group.server.host, Port: String(group.server.port) };
    return {
      ref: identifier,
      attributes: Object.fromEntries(
        ['PrimaryEndPoint', 'ReaderEndPoint'].flatMap((endpoint) =>
          Object.entries(address).map(([member, value]) => [`${endpoint}.${member}`, value]),
        ),
      ),
    };
  } finally {
    finished();
  }
}

/** @throws Error when it is no identifier of a replication group */
function newIdentifier(identifier: string): string {
  const valid = /^[a-z](?:-?[a-z0-9])*$/i.test(identifier) && identifier.length <= LONGEST_IDENTIFIER;
  if (valid) return identifier.toLowerCase();
  throw new Error(
    `'${identifier}' is no ReplicationGroupId: 1 to ${LONGEST_IDENTIFIER} letters, digits and hyphens, first a letter, no two hyphens together, none at the end`,
  );
}

/** @throws Error naming the subnet or parameter group that does not exist */
function requireGroups(account: Account, properties: Resource['properties']): void {
  const subnets = properties.CacheSubnetGroupName?.toLowerCase();
  if (subnets !== undefined && !account.subnetGroups.has(subnets))
    throw new Error(`there is no cache subnet group ${subnets}`);
  const parameters = properties.CacheParameterGroupName?.toLowerCase();
  if (
    parameters !== undefined &&
    !parameters.startsWith('default.') &&
    !account.parameterGroups.has(parameters)
  )
    throw new Error(`there is no cache parameter group ${parameters}`);
}
