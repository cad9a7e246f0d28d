import * as sdk from '@aws-sdk/client-rds';
import type { Machine, Resource, Service } from '../../contract.ts';
import { createAccount } from './account.ts';
import { createInstance } from './create-instance.ts';
import { eventOperation } from './event-operation.ts';
import { instanceOperations } from './instance-operations.ts';
import { modifyOperation } from './modify-operation.ts';
import { createPermissions } from './permissions.ts';
import { restoreOperations } from './restore-operations.ts';
import { shareSnapshot } from './share-snapshot.ts';
import { snapshotOperations } from './snapshot-operations.ts';
import { tagOperations } from './tag-operations.ts';

/**
 * RDS for PostgreSQL: each instance is a real server, a snapshot a copy of its data, a restore another server that recovers
 * from it. What is not imitated: daily backups (there is one when backups are turned on), maintenance windows, standbys and
 * logins with IAM, which are only settings here, and backups that outlive their instance.
 */
export function createRdsService(machine: Machine): Service {
  const account = createAccount(machine);
  const allow = createPermissions(account);

  machine.engines.describeDatabase = (identifier) => {
    const instance = account.instance(identifier);
    if (!instance.server) throw new Error(`The database instance ${identifier} has no endpoint yet.`);
    return {
      identifier: instance.identifier,
      host: instance.server.host,
      port: instance.server.port,
      engine: 'postgres',
      dbname: instance.database,
    };
  };
  machine.engines.shareSnapshot = (name, options) => shareSnapshot(account, name, options);
  const group = (property: string, names: Set<string>) => (resource: Resource) => {
    const name: string = (resource.properties[property] ?? resource.physicalName()).toLowerCase();
    names.add(name);
    return { ref: name };
  };

  return {
    name: 'rds',
    apis: [
      {
        signingNames: ['rds'],
        sdk,
        client: 'RDSClient',
        operations: {
          ...instanceOperations(account, allow),
          ...snapshotOperations(account, allow),
          ...restoreOperations(account, allow),
          ...tagOperations(account, allow),
          ModifyDBInstance: modifyOperation(account, allow),
          DescribeEvents: eventOperation(account),
        },
      },
    ],
    providers: [
      { type: 'AWS::RDS::DBInstance', create: (resource) => createInstance(account, resource) },
      {
        type: 'AWS::RDS::DBSubnetGroup',
        create: group('DBSubnetGroupName', account.subnetGroups),
      },
      {
        type: 'AWS::RDS::DBParameterGroup',
        create: group('DBParameterGroupName', account.parameterGroups),
      },
    ],
    async close() {
      account.history.close();
      await account.lifecycle.close();
      await Promise.all([...account.instances.values()].map(({ server }) => server?.stop()));
    },
  };
}
