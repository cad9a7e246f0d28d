import { readFileSync } from 'node:fs';
import { type DBInstance, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import pg from 'pg';
import { Parameter } from '../schemas/names.ts';
import type { Clients } from './clients.ts';

/** What a team does with its database by hand: look, and type SQL. */
export class TeamDatabase {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Every instance there is. */
  async instances(): Promise<DBInstance[]> {
    const { DBInstances = [] } = await this.#clients.rds.send(new DescribeDBInstancesCommand({}));
    return DBInstances;
  }

  /** Identifiers of all instances, in order. */
  async names(): Promise<string[]> {
    return (await this.instances()).map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier).sort();
  }

  /** Runs a statement on an instance; the first column of its rows. */
  async sql(instance: string, statement: string): Promise<unknown[]> {
    const client = await this.#connect(instance, await this.#login());
    try {
      const { rows } = await client.query({ text: statement, rowMode: 'array' });
      return rows.map(([first]) => first);
    } finally {
      await client.end();
    }
  }

  /** Opens sessions and leaves them open, as a notebook does that nobody closes; a statement is run in the first. */
  async leaveOpen(
    instance: string,
    login: Record<string, unknown>,
    sessions: number,
    statement: string,
  ): Promise<{ close(): Promise<void> }> {
    const open = await Promise.all(Array.from({ length: sessions }, () => this.#connect(instance, login)));
    await open[0]?.query(statement);
    return {
      async close() {
        await Promise.all(open.map((one) => one.end()));
      },
    };
  }

  /** Whether a login is taken. */
  async mayLogIn(instance: string, login: Record<string, unknown>): Promise<boolean> {
    try {
      await (await this.#connect(instance, login)).end();
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') return false;
      throw error;
    }
  }

  async #connect(instance: string, { username, password }: Record<string, unknown>): Promise<pg.Client> {
    const { Endpoint } =
      (await this.instances()).find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === instance) ?? {};
    if (Endpoint === undefined) throw new Error(`There is no instance ${instance} that answers.`);
    const client = new pg.Client({
      host: Endpoint.Address ?? '',
      port: Endpoint.Port ?? 0,
      database: 'demo',
      user: String(username),
      password: String(password),
      // The variable was set after this process had started, so Node.js has not read it.
      ssl: { ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8') },
    });
    // Ended by a rename or by a person: the next statement tells.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async #login(): Promise<{ username: string; password: string }> {
    const { Parameter: target } = await this.#clients.ssm.send(
      new GetParameterCommand({ Name: Parameter.target('nightshift', 'database', 'main') }),
    );
    const { secretArn } = JSON.parse(target?.Value ?? '{}') as { secretArn: string };
    const { SecretString = '{}' } = await this.#clients.secrets.send(
      new GetSecretValueCommand({ SecretId: secretArn }),
    );
    return JSON.parse(SecretString) as { username: string; password: string };
  }
}
