import pg from 'pg';
import type { PostgresServer } from '../../../../sandbox/postgres/server.ts';

/** Whether a login is taken by the database, as a consumer would use it. */
export async function mayLogIn(
  { server }: { readonly server: PostgresServer },
  database: string,
  { username, password }: { readonly username: string; readonly password: string },
  authority: { readonly pem: string },
): Promise<boolean> {
  const client = await consumer({ server }, database, { username, password }, authority).catch(
    (error: { code?: string }) => {
      if (error.code === '28P01') return undefined;
      throw error;
    },
  );
  await client?.end();
  return client !== undefined;
}

/** A consumer's session; it stays until the test ends it. */
export async function consumer(
  { server }: { readonly server: PostgresServer },
  database: string,
  { username, password }: { readonly username: string; readonly password: string },
  authority: { readonly pem: string },
  onEnd: () => void = () => {},
): Promise<pg.Client> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    database,
    user: username,
    password,
    application_name: 'api',
    ssl: { ca: authority.pem },
  });
  client.on('error', () => {});
  client.once('end', onEnd);
  await client.connect();
  return client;
}
