import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { consumer, mayLogIn } from './a-consumer.ts';
import { ADMIN_PASSWORD, DIFFICULT_PASSWORD, type Rotated, startRotated } from './a-rotated-database.ts';
import { type Handler, STEPS, type Step, type TestSecret } from './a-secret.ts';
import { expectNothingSaid } from './expect-nothing-said.ts';

type Login = { readonly username: string; readonly password: string };
export const quoted = pg.escapeIdentifier;

/** What the tests of one file work on: each has a database, users and a secret of its own, on a server that all share. */
export interface Shop {
  readonly world: Rotated;
  readonly handler: Handler;
  readonly admin: TestSecret;
  /** Name of the database. */
  readonly name: string;
  readonly users: [string, string];
  readonly owner: string;
  secret: TestSecret;
  /** Declares the secret, with these members otherwise. */
  declare(change?: {
    readonly rotation?: Record<string, unknown>;
    readonly consumers?: string[];
  }): Promise<void>;
  database(): Record<string, unknown>;
  /** Runs statements as superuser in the database. */
  run(...statements: string[]): Promise<void>;
  accepted(login: Login): Promise<boolean>;
  /** A consumer's session; it ends with the test. */
  connect(login: Login, onEnd?: () => void): Promise<pg.Client>;
  /** What a step of a runbook asks. */
  ask(request: Record<string, unknown>): Promise<never>;
  step(step: Step, token: string): Promise<unknown>;
  steps(token: string): Promise<void>;
  /** A whole rotation; answers with its token. */
  rotate(): Promise<string>;
}

/** @param kind of rotation; the second user and the owner role are there for both */
export function aShop(
  authority: { pem: string },
  kind: 'postgresql-alternating-users' | 'postgresql-single-user',
): Shop {
  let world: Rotated;
  let handler: Handler;
  let admin: TestSecret;
  let shops = 0;
  let name: string;
  let users: [string, string];
  let owner: string;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    world = await startRotated(authority);
    admin = await world.aSecret('admin', { username: 'Master', password: ADMIN_PASSWORD });
    ({ handler } = await import(`../../../../functions/secrets/keep-${kind}.ts`));
  });
  beforeEach(async () => {
    shops += 1;
    name = `shop ${shops}`;
    users = [`app"${shops}`, `App B ${shops}`];
    owner = `owner's ${shops}`;
    await world.administer(
      'postgres',
      'SET ROLE "Master"',
      `CREATE ROLE ${quoted(owner)}`,
      ...users.flatMap((user) => [
        `CREATE ROLE ${quoted(user)} LOGIN IN ROLE ${quoted(owner)}`,
        `ALTER ROLE ${quoted(user)} SET role = ${pg.escapeLiteral(owner)}`,
      ]),
      `ALTER ROLE ${quoted(users[0])} PASSWORD ${pg.escapeLiteral(DIFFICULT_PASSWORD)}`,
      'RESET ROLE',
      `CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`,
    );
    shop.secret = await world.aSecret(`database-${shops}`, {
      engine: 'postgres',
      host: 'elsewhere.example.com',
      port: 5432,
      dbname: name,
      username: users[0],
      password: DIFFICULT_PASSWORD,
      poolSize: 7,
    });
    await shop.declare();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end().catch(() => {});
    world.hooks.before.length = 0;
    world.hooks.after.length = 0;
    world.endFaults();
    await expectNothingSaid(world, [shop.secret, admin]);
  });
  afterAll(async () => {
    await world?.stop();
  });

  const shop: Shop = {
    get world() {
      return world;
    },
    get handler() {
      return handler;
    },
    get admin() {
      return admin;
    },
    get name() {
      return name;
    },
    get users() {
      return users;
    },
    get owner() {
      return owner;
    },
    secret: undefined as unknown as TestSecret,
    database: () => ({
      kind: 'database',
      name: 'main',
      instance: 'main',
      host: world.server.host,
      port: world.server.port,
      database: name,
      secretArn: shop.secret.arn,
      migrations: 'none',
    }),
    async declare({ rotation = {}, consumers = ['api'] } = {}) {
      const target = {
        kind: 'secret',
        name: shop.secret.name,
        secretArn: shop.secret.arn,
        rotation: {
          kind,
          database: shop.database(),
          adminSecretArn: admin.arn,
          password: { length: 32, excludedCharacters: '', urlSafe: false },
          ...(kind === 'postgresql-single-user' ? { user: users[0] } : { users, ownerRole: owner }),
          ...rotation,
        },
        consumers,
        after: [],
        tags: [],
        overlapSeconds: 0,
      };
      const parameter = `/nightshift/nightshift/targets/secret/${shop.secret.name}`;
      await world.parameter(parameter, JSON.stringify(target));
    },
    run: (...statements) => world.administer(name, ...statements),
    accepted: (login) => mayLogIn(world, name, login, authority),
    async connect(login, onEnd) {
      const client = await consumer(world, name, login, authority, onEnd);
      clients.push(client);
      return client;
    },
    ask: (request) => world.ask(handler, { secret: shop.secret.name, ...request }) as Promise<never>,
    step: (step, token) => shop.secret.step(handler, step, token),
    async steps(token) {
      for (const step of STEPS) await shop.step(step, token);
    },
    rotate: () => shop.secret.rotate(handler),
  };
  return shop;
}
