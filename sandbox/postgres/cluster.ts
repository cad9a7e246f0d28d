import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../contract.ts';
import { makeFolder, owner, writeOwned } from './files.ts';
import { reachableFolder } from './native.ts';

/** Name of the superuser that only the sandbox uses, as on RDS. */
export const ADMINISTRATOR = 'rdsadmin';

/** Size of a file of write-ahead log, in megabytes: small, because a backup takes whole ones and each is archived whole. */
const LOG_FILE_MEGABYTES = 1;

/** The files of one PostgreSQL, whether it runs or not. */
export interface Cluster {
  /** Holds all of it. */
  readonly folder: string;
  /** PostgreSQL's data folder. */
  readonly data: string;
  /** Where full files of write-ahead log are copied to, for restoring to a point in time. */
  readonly archive: string;
  /** Password of the {@link ADMINISTRATOR}. */
  readonly password: string;
}

/** What PostgreSQL's programs find in their environment. */
export const environment = (): Record<string, string> => ({
  LC_ALL: 'C',
  PATH: process.env.PATH ?? '',
  TZ: 'UTC',
});

/** Makes the folders of a cluster; its data come from `initdb` or from a backup. */
export async function makeClusterFolder(machine: Machine, name: string, password: string): Promise<Cluster> {
  const folder = join(machine.directory, 'databases', name);
  const cluster = { folder, data: join(folder, 'data'), archive: join(folder, 'archive'), password };
  await makeFolder(folder, 0o755);
  await makeFolder(cluster.archive);
  return cluster;
}

/** Makes a new, empty cluster. */
export async function createCluster(machine: Machine, name: string): Promise<Cluster> {
  const native = await reachableFolder(machine.directory);
  const cluster = await makeClusterFolder(machine, name, randomBytes(24).toString('base64url'));
  const passwordFile = await writeOwned(join(cluster.folder, 'administrator'), cluster.password);
  const args = [
    ...['-D', cluster.data],
    ...['-U', ADMINISTRATOR],
    ...['-A', 'scram-sha-256'],
    `--pwfile=${passwordFile}`,
    `--wal-segsize=${LOG_FILE_MEGABYTES}`,
    '--no-sync',
    ...['-E', 'UTF8'],
    '--locale=C',
  ];
  await run(machine, join(native, 'bin', 'initdb'), args, cluster.folder);
  return cluster;
}

/** Removes all files of a cluster, whose server must be stopped. */
export async function removeCluster(cluster: Cluster): Promise<void> {
  await rm(cluster.folder, { recursive: true, force: true });
}

async function run(machine: Machine, command: string, args: string[], cwd: string): Promise<void> {
  const child = machine.processes.spawn(command, args, { env: environment(), cwd, ...owner() });
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
