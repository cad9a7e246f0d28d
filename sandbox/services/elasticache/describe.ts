import type { Account, ReplicationGroup } from './account.ts';

export const groupArn = ({ machine }: Account, identifier: string): string =>
  machine.arn('elasticache', `replicationgroup:${identifier}`);

/** The group as `ReplicationGroup`. */
export function describeGroup(account: Account, group: ReplicationGroup) {
  const { identifier, server, settings, pending } = group;
  const endpoint = { Address: server.host, Port: server.port };
  const members = Array.from(
    { length: group.nodes },
    (_, index) => `${identifier}-${String(index + 1).padStart(3, '0')}`,
  );
  return {
    ReplicationGroupId: identifier,
    Description: group.description,
    Status: group.status,
    PendingModifiedValues:
      pending === undefined ? {} : { AuthTokenStatus: pending.strategy === 'SET' ? 'SETTING' : 'ROTATING' },
    MemberClusters: members,
    NodeGroups: [
      {
        NodeGroupId: '0001',
        Status: group.status,
        PrimaryEndpoint: endpoint,
        ReaderEndpoint: endpoint,
        NodeGroupMembers: members.map((CacheClusterId, index) => ({
          CacheClusterId,
          CacheNodeId: '0001',
          CurrentRole: index === 0 ? 'primary' : 'replica',
        })),
      },
    ],
    AutomaticFailover: settings.automaticFailover ? 'enabled' : 'disabled',
    MultiAZ: settings.multiAz ? 'enabled' : 'disabled',
    SnapshotRetentionLimit: settings.snapshotRetentionDays,
    ClusterEnabled: false,
    CacheNodeType: group.nodeType,
    AuthTokenEnabled: group.tokens.length > 0,
    AuthTokenLastModifiedDate: group.tokens.length > 0 ? new Date(group.tokensChangedAt) : undefined,
    TransitEncryptionEnabled: true,
    TransitEncryptionMode: 'required',
    AtRestEncryptionEnabled: settings.encryptedAtRest,
    KmsKeyId: settings.kmsKeyId,
    ARN: groupArn(account, identifier),
    UserGroupIds: [],
    ReplicationGroupCreateTime: new Date(group.createdAt),
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    ClusterMode: 'disabled',
    Engine: 'redis',
  };
}
