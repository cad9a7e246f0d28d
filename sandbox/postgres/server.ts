import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { Machine } from '../contract.ts';
import { freePort } from '../free-port.ts';
import { reachableFolder, runsAsRoot, UNPRIVILEGED_USER } from './native.ts';

/** Name of the superuser that only the sandbox uses, as on RDS. */
export const ADMINISTRATOR = 'rdsadmin';
const HOST = 'localhost';
const START_ATTEMPTS = 3;

/** A running PostgreSQL. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** Runs statements as superuser in a database; for the sandbox itself. */
  administer(database: string, statements: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a new PostgreSQL with SCRAM passwords and TLS on a free port of 127.0.0.1; connections without TLS are refused.
 *
 * @param name names its folder in the scratch folder
 * @param settings server settings, such as `{ max_connections: '50' }`
 */
export async function startPostgres(
  machine: Machine,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const native = await reachableFolder(machine.directory);
  const folder = join(machine.directory, 'databases', name);
  const owner = runsAsRoot() ? { uid: UNPRIVILEGED_USER, gid: UNPRIVILEGED_USER } : {};
  const own = async (path: string) => {
    if (runsAsRoot()) await chown(path, UNPRIVILEGED_USER, UNPRIVILEGED_USER);
  };
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await own(folder);
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, file), text, { mode: 0o600 });
    await own(join(folder, file));
    return join(folder, file);
  };
  const password = randomBytes(24).toString('base64url');
  const data = join(folder, 'data');
  const environment = { LC_ALL: 'C', PATH: process.env.PATH ?? '', TZ: 'UTC' };
  const passwordFile = await write('administrator', password);
  await run(
    machine,
    join(native, 'bin', 'initdb'),
    [
      '-D',
      data,
      '-U',
      ADMINISTRATOR,
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ],
    environment,
    owner,
    folder,
  );
  const { certificate, key } = await machine.certificateAuthority.issue([HOST, '127.0.0.1']);
  const certificateFile = await write('server.crt', certificate);
  const keyFile = await write('server.key', key);
  const accessFile = await write(
    'pg_hba.conf',
    'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n',
  );
  const options: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    hba_file: accessFile,
    ssl: 'on',
    ssl_cert_file: certificateFile,
    ssl_key_file: keyFile,
    password_encryption: 'scram-sha-256',
    ...settings,
  };

  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const child = machine.processes.spawn(
      join(native, 'bin', 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(options).flatMap(([setting, value]) => ['-c', `${setting}=${value}`]),
      ],
      {
        env: environment,
        cwd: folder,
        ...owner,
      },
    );
    const ready = new Promise<boolean>((resolve) => {
      if (child.stderr) {
        createInterface({ input: child.stderr }).on('line', (line) => {
          failure = line;
          if (line.includes('database system is ready to accept connections')) resolve(true);
        });
      }
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    if (!(await ready)) continue;
    return {
      host: HOST,
      port,
      administer: (database, statements) =>
        administer(
          { host: HOST, port, database, password, authority: machine.certificateAuthority.file },
          statements,
        ),
      async stop() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        // SIGINT is PostgreSQL's fast shutdown: open sessions are ended, data are safe.
        child.kill('SIGINT');
        await gone;
      },
    };
  }
  throw new Error(`PostgreSQL did not start: ${failure}`);
}

async function run(
  machine: Machine,
  command: string,
  args: string[],
  env: Record<string, string>,
  owner: { uid?: number; gid?: number },
  cwd: string,
): Promise<void> {
  const child = machine.processes.spawn(command, args, { env, cwd, ...owner });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(([error]) => [error.message]),
  ]);
  if (code !== 0) throw new Error(`${command} failed (${code}): ${output.trim()}`);
}

async function administer(
  address: { host: string; port: number; database: string; password: string; authority: string },
  statements: readonly string[],
): Promise<void> {
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: ADMINISTRATOR,
    password: address.password,
    ssl: { ca: await readFile(address.authority, 'utf8') },
  });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
