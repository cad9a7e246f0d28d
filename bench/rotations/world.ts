import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Machine, Service } from '../../sandbox/contract.ts';
import { startMachine } from '../../sandbox/machine.ts';
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts';
import { createDynamoDbService } from '../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSecretsManagerService } from '../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createSsmService } from '../../sandbox/services/ssm/ssm-service.ts';
import { serve } from '../../sandbox/start-sandbox.ts';
import { Environment, Parameter } from '../../schemas/names.ts';
import type { SecretTarget } from '../../schemas/secret.ts';
import { countRoundTrips } from './count-round-trips.ts';

export const DATABASE = 'shop';
const MASTER = { username: 'master', password: 'master' };
const FIRST_PASSWORD = 'first';
/** Objects of each owner, which a comparison of users reads. */
const TABLES = 40;
const DEPLOYMENT = 'bench';
const RUN_TABLE = 'runs';

export type RotatedKind = 'alternating-users' | 'single-user';
export type World = Awaited<ReturnType<typeof startWorld>>;

/** Services, a real PostgreSQL with its master's secret, and a way to it on which round trips are counted. */
export async function startWorld(functions: (machine: Machine) => Service) {
  const started = await startMachine({ speed: 1 });
  const { machine, policies } = started;
  machine.engines.putEvent = () => {};
  const services = await serve(started, [
    functions,
    createDynamoDbService,
    createSsmService,
    createSecretsManagerService,
  ]);
  const create = (type: string, properties: Record<string, unknown>) =>
    services
      .flatMap(({ providers }) => providers)
      .find((provider) => provider.type === type)
      ?.create({
        logicalId: JSON.stringify(properties),
        type,
        stack: 'bench',
        properties,
        physicalName: () => RUN_TABLE,
      });
  const parameter = (Name: string, Value: string) =>
    create('AWS::SSM::Parameter', { Name, Type: 'String', Value });
  const keys = ['id', 'sort'] as const;
  await create('AWS::DynamoDB::Table', {
    KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  });
  await parameter(Parameter.killSwitch(DEPLOYMENT), 'on');
  const server = await startPostgres(machine, 'rotations', {
    fsync: 'off',
    shared_preload_libraries: 'pg_stat_statements',
  });
  await server.administer('postgres', [
    `CREATE DATABASE ${DATABASE}`,
    'CREATE EXTENSION pg_stat_statements',
    `CREATE ROLE ${MASTER.username} LOGIN CREATEROLE PASSWORD '${MASTER.password}'`,
    `GRANT pg_signal_backend, pg_read_all_stats TO ${MASTER.username}`,
  ]);
  const way = await countRoundTrips(server.port);
  const environment = {
    AWS_ENDPOINT_URL: machine.endpoint,
    AWS_REGION: machine.region,
    AWS_ACCESS_KEY_ID: policies.administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: policies.administrator.secretAccessKey,
    [Environment.deployment]: DEPLOYMENT,
    [Environment.runTable]: RUN_TABLE,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
  const secrets = new SecretsManagerClient({
    endpoint: machine.endpoint,
    region: machine.region,
    credentials: policies.administrator,
  });
  const store = async (name: string, login: object) => {
    const place = { engine: 'postgres', host: server.host, port: way.port, dbname: DATABASE, ssl: true };
    const SecretString = JSON.stringify({ ...place, ...login });
    const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString }));
    return ARN;
  };
  const masterArn = await store('master', MASTER);
  return {
    machine,
    server,
    way,
    environment,
    secrets,
    /** Users of a contender, their owner role, what belongs to it, and the secret; its name is the first user's. */
    async addUsers(user: string, kind: RotatedKind): Promise<string> {
      await makeUsers(server, user, kind);
      return await store(user, { username: user, password: FIRST_PASSWORD, masterarn: masterArn });
    },
    /** Declares a secret, for the functions that ask for that. */
    async declare(user: string, secretArn: string, kind: RotatedKind) {
      const { host } = server;
      const shared = {
        database: {
          ...{ kind: 'database' as const, name: 'main', instance: 'main', migrations: 'none' as const },
          ...{ host, port: way.port, database: DATABASE, secretArn },
        },
        adminSecretArn: masterArn,
        password: { length: 32, excludedCharacters: '', urlSafe: false },
      };
      const target: Partial<SecretTarget> = {
        ...{ kind: 'secret', name: user, secretArn, overlapSeconds: 0 },
        ...{ consumers: ['api'], after: [], tags: [] },
        rotation:
          kind === 'single-user'
            ? { kind: `postgresql-${kind}`, ...shared, user }
            : { kind: `postgresql-${kind}`, ...shared, users: usersOf(user), ownerRole: ownerOf(user) },
      };
      await parameter(Parameter.target(DEPLOYMENT, 'secret', user), JSON.stringify(target));
    },
    async close() {
      secrets.destroy();
      way.close();
      await server.stop();
      for (const service of services.toReversed()) await service.close();
      await started.close();
    },
  };
}

const usersOf = (user: string): [string, string] => [user, `${user}_clone`];
const ownerOf = (user: string) => `${user}_owner`;

async function makeUsers(server: PostgresServer, user: string, kind: RotatedKind): Promise<void> {
  const owner = ownerOf(user);
  await server.administer(DATABASE, [
    `SET ROLE ${MASTER.username}`,
    `CREATE ROLE ${owner}`,
    ...usersOf(user).flatMap((name) => [
      `CREATE ROLE ${name} LOGIN IN ROLE ${owner} PASSWORD '${FIRST_PASSWORD}'`,
      // One that acts as another role may not change its own password, which AWS's template does.
      ...(kind === 'single-user' ? [] : [`ALTER ROLE ${name} SET role = ${owner}`]),
    ]),
    'RESET ROLE',
    `CREATE SCHEMA ${user} AUTHORIZATION ${owner}`,
    `SET ROLE ${owner}`,
    ...Array.from(
      { length: TABLES },
      (_, at) => `CREATE TABLE ${user}.table_${at} (id bigint PRIMARY KEY, name text)`,
    ),
  ]);
}
