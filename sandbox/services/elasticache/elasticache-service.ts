import * as sdk from '@aws-sdk/client-elasticache';
import type { Machine, Resource, Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { createAccount } from './account.ts';
import { createReplicationGroup } from './create-replication-group.ts';
import { describeGroup, groupArn } from './describe.ts';
import { modifyOperation, resourceTags } from './modify-operation.ts';

const LARGEST_PAGE = 100;
const LONGEST_NAME = 255;

/**
 * ElastiCache for Redis: a replication group is a real server, where the machine has one. What is not imitated: replicas and
 * failover, which are only settings here, cluster mode, user groups, snapshots, Valkey and Memcached, and parameters of parameter groups.
 */
export function createElastiCacheService(machine: Machine): Service {
  const account = createAccount(machine);
  const { groups } = account;

  const record = (names: Set<string>, name: string) => {
    names.add(name.toLowerCase());
    return { ref: name.toLowerCase(), attributes: { CacheParameterGroupName: name.toLowerCase() } };
  };

  return {
    name: 'elasticache',
    apis: [
      {
        signingNames: ['elasticache'],
        sdk,
        client: 'ElastiCacheClient',
        operations: {
          DescribeReplicationGroups: {
            permissions: ({ ReplicationGroupId: identifier = '*' }) => [
              {
                action: 'elasticache:DescribeReplicationGroups',
                resource: groupArn(account, identifier.toLowerCase()),
                conditions: resourceTags(account, identifier),
              },
            ],
            handle(input) {
              refuseMembers(input, ['ReplicationGroupId', 'MaxRecords', 'Marker']);
              const found =
                input.ReplicationGroupId === undefined
                  ? [...groups.values()]
                  : [account.group(input.ReplicationGroupId)];
              const { page, nextToken } = paginate(
                found,
                input.Marker,
                input.MaxRecords ?? LARGEST_PAGE,
                'InvalidParameterValueException',
              );
              return {
                ReplicationGroups: page.map((group) => describeGroup(account, group)),
                Marker: nextToken,
              };
            },
          },
          ModifyReplicationGroup: modifyOperation(account),
        },
      },
    ],
    providers: [
      {
        type: 'AWS::ElastiCache::ReplicationGroup',
        create: (resource) => createReplicationGroup(account, resource),
      },
      {
        type: 'AWS::ElastiCache::SubnetGroup',
        create(resource: Resource) {
          refuseUnknown(resource, ['CacheSubnetGroupName', 'SubnetIds']);
          return record(
            account.subnetGroups,
            resource.properties.CacheSubnetGroupName ?? resource.physicalName(LONGEST_NAME),
          );
        },
      },
      {
        type: 'AWS::ElastiCache::ParameterGroup',
        create(resource: Resource) {
          refuseUnknown(resource, ['CacheParameterGroupFamily', 'Properties']);
          // CloudFormation names it itself.
          return record(account.parameterGroups, resource.physicalName(LONGEST_NAME));
        },
      },
    ],
    async close() {
      account.closing.abort();
      await Promise.all([...groups.values()].map(({ server }) => server.stop()));
    },
  };
}
