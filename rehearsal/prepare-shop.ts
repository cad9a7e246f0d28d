import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import type { Clients } from './clients.ts';
import { DEMO } from './demo-names.ts';
import { firstKeys } from './first-keys.ts';

interface Login {
  readonly username: string;
  readonly password: string;
}

/** By this machine's clock. */
const START_MILLISECONDS = 120_000;
const LOOK_MILLISECONDS = 50;

/**
 * What a team does by hand after its first deployment: makes the shop's role in the database and its first key, and starts its tasks.
 *
 * @param now by the sandbox's clock
 */
export async function prepareShop({ rds, secrets, ecs }: Clients, now: Date): Promise<void> {
  const { DBInstances: [instance] = [] } = await rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: DEMO.instance }),
  );
  const read = async (SecretId: string) => {
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString) as Login;
  };
  const [master, shop, analyst] = await Promise.all(
    [DEMO.masterSecret, DEMO.shopSecret, DEMO.analystSecret].map(read),
  );
  if (!master || !shop || !analyst) throw new Error('A login is missing.');
  const client = new pg.Client({
    host: instance?.Endpoint?.Address ?? '',
    port: instance?.Endpoint?.Port ?? 0,
    database: DEMO.database,
    user: master.username,
    password: master.password,
    // The variable was set after this process had started, so Node.js has not read it.
    ssl: { ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8') },
  });
  await client.connect();
  try {
    for (const statement of [...statements(master.username, shop), createUser(analyst)])
      await client.query(statement);
  } finally {
    await client.end();
  }
  await secrets.send(
    new PutSecretValueCommand({ SecretId: DEMO.tokenSecret, SecretString: await firstKeys(now) }),
  );
  await startTasks(ecs);
}

/** A deployment of its own, because it is complete only when the balancer finds its tasks healthy. */
async function startTasks(ecs: Clients['ecs']): Promise<void> {
  const { cluster, service } = DEMO;
  await ecs.send(
    new UpdateServiceCommand({ cluster, service, desiredCount: DEMO.tasks, forceNewDeployment: true }),
  );
  for (const deadline = Date.now() + START_MILLISECONDS; ; await sleep(LOOK_MILLISECONDS)) {
    const { services: [found] = [] } = await ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    const states = found?.deployments?.map(({ rolloutState }) => rolloutState).join();
    if (states === 'COMPLETED' && found?.runningCount === DEMO.tasks) return;
    if (Date.now() > deadline)
      throw new Error(`The shop does not start: its deployments are ${states || 'none'}.`);
  }
}

/** One owner without login, through which the shop's user acts: then it does not matter which user is logged in. */
function statements(master: string, shop: Login): string[] {
  const { username } = shop;
  const owner = pg.escapeIdentifier(`${username}_owner`);
  const user = pg.escapeIdentifier(username);
  return [
    `CREATE ROLE ${owner} NOLOGIN`,
    `GRANT ${owner} TO ${pg.escapeIdentifier(master)} WITH INHERIT TRUE, SET TRUE`,
    createUser(shop),
    `GRANT ${owner} TO ${user}`,
    `ALTER ROLE ${user} SET role = ${owner}`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`,
  ];
}

const createUser = ({ username, password }: Login) =>
  `CREATE ROLE ${pg.escapeIdentifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`;
