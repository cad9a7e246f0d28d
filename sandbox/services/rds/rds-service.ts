import { createHash } from 'node:crypto';
import * as sdk from '@aws-sdk/client-rds';
import pg from 'pg';
import { AwsError, type Machine, type Resource, type Service } from '../../contract.ts';
import { type PostgresServer, startPostgres } from '../../postgres/server.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';

interface Instance {
  readonly identifier: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly masterUsername: string;
  readonly database: string;
  // biome-ignore lint/suspicious/noExplicitAny: the template's properties, shown again by DescribeDBInstances.
  readonly properties: Record<string, any>;
  readonly server: PostgresServer;
  readonly createdAt: number;
}

/** What RDS lets the master user do; it is no superuser. */
const MASTER_ROLES = ['pg_monitor', 'pg_signal_backend', 'pg_read_all_data', 'pg_write_all_data'];

/** RDS for PostgreSQL: instances of a template, each a real server. Snapshots and restores are not offered yet. */
export function createRdsService(machine: Machine): Service {
  const instances = new Map<string, Instance>();

  async function create(resource: Resource) {
    refuseUnknown(resource, [
      'DBInstanceIdentifier',
      'DBInstanceClass',
      'AllocatedStorage',
      'Engine',
      'EngineVersion',
      'MasterUsername',
      'MasterUserPassword',
      'DBName',
      'Port',
      'DBSubnetGroupName',
      'DBParameterGroupName',
      'VPCSecurityGroups',
      'StorageType',
      'StorageEncrypted',
      'KmsKeyId',
      'MultiAZ',
      'BackupRetentionPeriod',
      'DeletionProtection',
      'CopyTagsToSnapshot',
      'PubliclyAccessible',
      'EnableIAMDatabaseAuthentication',
      'EnablePerformanceInsights',
      'MonitoringInterval',
      'AutoMinorVersionUpgrade',
      'CACertificateIdentifier',
      'DeleteAutomatedBackups',
      'MaxAllocatedStorage',
    ]);
    const { properties } = resource;
    if (properties.Engine !== 'postgres')
      throw new Error(`the sandbox runs the engine postgres, not ${properties.Engine}`);
    const identifier: string = (properties.DBInstanceIdentifier ?? resource.physicalName(63)).toLowerCase();
    const database: string = properties.DBName ?? 'postgres';
    const master = pg.escapeIdentifier(properties.MasterUsername);
    const server = await startPostgres(machine, identifier);
    await server.administer('postgres', [
      `CREATE ROLE rds_superuser`,
      `GRANT ${MASTER_ROLES.join(', ')} TO rds_superuser WITH ADMIN OPTION`,
      `CREATE ROLE ${master} LOGIN CREATEROLE CREATEDB PASSWORD ${pg.escapeLiteral(properties.MasterUserPassword)}`,
      `GRANT rds_superuser TO ${master}`,
      ...(database === 'postgres'
        ? []
        : [`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${master}`]),
    ]);
    const instance: Instance = {
      identifier,
      arn: machine.arn('rds', `db:${identifier}`),
      resourceId: `db-${createHash('sha256').update(identifier).digest('hex').slice(0, 26).toUpperCase()}`,
      masterUsername: properties.MasterUsername,
      database,
      properties,
      server,
      createdAt: machine.clock.now(),
    };
    instances.set(identifier, instance);
    return {
      ref: identifier,
      attributes: {
        'Endpoint.Address': server.host,
        'Endpoint.Port': String(server.port),
        DBInstanceArn: instance.arn,
        DbiResourceId: instance.resourceId,
      },
    };
  }

  const show = (instance: Instance) => {
    const { properties } = instance;
    return {
      DBInstanceIdentifier: instance.identifier,
      DBInstanceArn: instance.arn,
      DbiResourceId: instance.resourceId,
      DBInstanceClass: properties.DBInstanceClass,
      DBInstanceStatus: 'available',
      Engine: 'postgres',
      EngineVersion: properties.EngineVersion,
      MasterUsername: instance.masterUsername,
      DBName: instance.database,
      Endpoint: { Address: instance.server.host, Port: instance.server.port },
      AllocatedStorage: Number(properties.AllocatedStorage ?? 20),
      InstanceCreateTime: new Date(instance.createdAt),
      MultiAZ: properties.MultiAZ ?? false,
      StorageEncrypted: properties.StorageEncrypted ?? false,
      DeletionProtection: properties.DeletionProtection ?? false,
      BackupRetentionPeriod: Number(properties.BackupRetentionPeriod ?? 1),
    };
  };
  machine.engines.describeDatabase = (identifier) => {
    const instance = instances.get(identifier);
    if (!instance)
      throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${identifier} not found.`, { status: 404 });
    return {
      identifier,
      host: instance.server.host,
      port: instance.server.port,
      engine: 'postgres',
      dbname: instance.database,
    };
  };
  const record = (resource: Resource) => ({
    ref: (
      resource.properties.DBSubnetGroupName ??
      resource.properties.DBParameterGroupName ??
      resource.physicalName()
    ).toLowerCase(),
  });

  return {
    name: 'rds',
    apis: [
      {
        signingNames: ['rds'],
        sdk,
        client: 'RDSClient',
        operations: {
          DescribeDBInstances: {
            permissions: (input) => [
              {
                action: 'rds:DescribeDBInstances',
                resource: machine.arn('rds', `db:${input.DBInstanceIdentifier ?? '*'}`),
              },
            ],
            handle(input) {
              const wanted = input.DBInstanceIdentifier?.toLowerCase();
              const found = [...instances.values()].filter(
                ({ identifier, arn }) => wanted === undefined || identifier === wanted || arn === wanted,
              );
              if (wanted !== undefined && found.length === 0)
                throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${wanted} not found.`, {
                  status: 404,
                });
              const { page, nextToken } = paginate(found, input.Marker, input.MaxRecords ?? 100);
              return { DBInstances: page.map(show), Marker: nextToken };
            },
          },
        },
      },
    ],
    providers: [
      { type: 'AWS::RDS::DBInstance', create },
      { type: 'AWS::RDS::DBSubnetGroup', create: record },
      { type: 'AWS::RDS::DBParameterGroup', create: record },
    ],
    async close() {
      await Promise.all([...instances.values()].map(({ server }) => server.stop()));
    },
  };
}
