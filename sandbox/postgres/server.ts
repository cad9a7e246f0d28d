import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Machine } from '../contract.ts';
import { freePort } from '../free-port.ts';
import { ADMINISTRATOR, type Cluster, createCluster, environment } from './cluster.ts';
import { owner, writeOwned } from './files.ts';
import { reachableFolder } from './native.ts';

const HOST = 'localhost';
const START_ATTEMPTS = 3;

/** How long to wait for a port that was wanted and is taken, in real milliseconds. */
const PORT_PAUSE_MILLISECONDS = 300;

/** A running PostgreSQL. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly cluster: Cluster;
  /** Runs statements as superuser in a database; for the sandbox itself. */
  administer(database: string, statements: readonly string[]): Promise<void>;
  /** Runs `use` with a superuser's session. */
  session<T>(database: string, use: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Gives it a new certificate, without a restart. */
  renewCertificate(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** A free one when absent. */
  readonly port?: number;
  /** Server settings, such as `{ max_connections: '50' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Copies each full file of write-ahead log to the cluster's archive. */
  readonly archiving?: boolean;
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
  return startCluster(machine, await createCluster(machine, name), { settings });
}

/** Starts the server of a cluster that has none running; resolves when it has recovered and takes connections. */
export async function startCluster(
  machine: Machine,
  cluster: Cluster,
  options: StartOptions = {},
): Promise<PostgresServer> {
  const native = await reachableFolder(machine.directory);
  const certificates = await issueCertificate(machine, cluster);
  const accessFile = await writeOwned(
    join(cluster.folder, 'pg_hba.conf'),
    'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n',
  );
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    hba_file: accessFile,
    ssl: 'on',
    ...certificates,
    password_encryption: 'scram-sha-256',
    ...(options.archiving ? archiveSettings(cluster.archive) : {}),
    ...options.settings,
  };
  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    if (attempt > 0 && options.port !== undefined) await pause(PORT_PAUSE_MILLISECONDS);
    const port = options.port ?? (await freePort());
    const args = Object.entries(settings).flatMap(([setting, value]) => ['-c', `${setting}=${value}`]);
    const child = machine.processes.spawn(
      join(native, 'bin', 'postgres'),
      ['-D', cluster.data, '-p', String(port), ...args],
      { env: environment(), cwd: cluster.folder, ...owner() },
    );
    const ready = await untilReady(child, (line) => {
      failure = line;
    });
    if (ready) return handle(machine, cluster, port, child);
  }
  throw new Error(`PostgreSQL did not start: ${failure}`);
}

function handle(machine: Machine, cluster: Cluster, port: number, child: ChildProcess): PostgresServer {
  async function session<T>(database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      host: HOST,
      port,
      database,
      user: ADMINISTRATOR,
      password: cluster.password,
      ssl: { ca: await readFile(machine.certificateAuthority.file, 'utf8') },
    });
    // A connection that breaks fails its query; without a listener it would end the sandbox too.
    client.on('error', () => {});
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }
  const administer = (database: string, statements: readonly string[]) =>
    session(database, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  return {
    host: HOST,
    port,
    cluster,
    administer,
    session,
    async renewCertificate() {
      await issueCertificate(machine, cluster);
      await administer('postgres', ['SELECT pg_reload_conf()']);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      // SIGINT is PostgreSQL's fast shutdown: open sessions are ended, data are safe.
      child.kill('SIGINT');
      await gone;
    },
  };
}

/** The archive gets a file under its name only when it is whole. */
function archiveSettings(archive: string): Record<string, string> {
  return {
    archive_mode: 'on',
    archive_command: `cp '%p' '${archive}/.%f' && mv '${archive}/.%f' '${archive}/%f'`,
  };
}

async function issueCertificate(machine: Machine, { folder }: Cluster): Promise<Record<string, string>> {
  const { certificate, key } = await machine.certificateAuthority.issue([HOST, '127.0.0.1']);
  return {
    ssl_cert_file: await writeOwned(join(folder, 'server.crt'), certificate),
    ssl_key_file: await writeOwned(join(folder, 'server.key'), key),
  };
}

function untilReady(child: ChildProcess, onLine: (line: string) => void): Promise<boolean> {
  return new Promise((resolve) => {
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        onLine(line);
        if (line.includes('database system is ready to accept connections')) resolve(true);
      });
    }
    child.once('exit', () => resolve(false));
    child.once('error', () => resolve(false));
  });
}
