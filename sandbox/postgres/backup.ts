import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../contract.ts';
import { type Cluster, makeClusterFolder, removeCluster } from './cluster.ts';
import { copyOwned, copyTree, makeFolder, writeOwned } from './files.ts';
import type { PostgresServer } from './server.ts';

/** A copy of a data folder that a server can recover from. It does not change any more. */
export interface Backup {
  readonly folder: string;
  /** The administrator's password in it. */
  readonly password: string;
  /** When the copy was complete, in milliseconds of the wall clock: what was committed before is in it. */
  readonly completedAt: number;
}

/** Folders whose content belongs to the running server only; PostgreSQL's manual lists them. */
const TRANSIENT_FOLDERS = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];

/** Comes last, as in `pg_basebackup`: it must not be older than the files that it speaks of. */
const CONTROL_FILE = 'global/pg_control';

const TRANSIENT_FILES = ['postmaster.pid', 'postmaster.opts', 'recovery.signal', 'backup_label'];

/**
 * Takes a copy of a running server's data while clients write. The way is PostgreSQL's own for backups (and
 * `pg_basebackup`'s): files are copied as they change, and the write-ahead log from before the copy's begin to its end comes
 * along, from which a server repairs them when it starts. Freezing the server's processes for the time of a copy would do
 * too, but frozen processes outlive a sandbox that is killed meanwhile, and clients would feel it.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function takeBackup(machine: Machine, server: PostgresServer, name: string): Promise<Backup> {
  const folder = join(machine.directory, 'backups', name);
  const { data, password } = server.cluster;
  const finished = machine.clock.work();
  try {
    await makeFolder(join(machine.directory, 'backups'), 0o755);
    await server.session('postgres', async (client) => {
      // Keeps the log since the backup's begin from being recycled; it goes with the session.
      await client.query('SELECT pg_create_physical_replication_slot($1, true, true)', [
        `sandbox_${randomBytes(6).toString('hex')}`,
      ]);
      const start = await client.query(`SELECT pg_walfile_name(pg_backup_start($1, fast => true)) AS file`, [
        name,
      ]);
      await copyTree(data, folder, isLasting);
      await copyOwned(join(data, CONTROL_FILE), join(folder, CONTROL_FILE));
      for (const transient of TRANSIENT_FOLDERS) await makeFolder(join(folder, transient));
      const stop = await client.query(
        `SELECT pg_walfile_name(lsn) AS file, labelfile FROM pg_backup_stop(wait_for_archive => false)`,
      );
      // Ending a backup ends its last file of log, so the copy ends at that moment and nowhere later.
      for (const file of await readdir(join(data, 'pg_wal')))
        if (/^[0-9A-F]{24}$/.test(file) && file >= start.rows[0].file && file <= stop.rows[0].file)
          await copyOwned(join(data, 'pg_wal', file), join(folder, 'pg_wal', file));
      await writeOwned(join(folder, 'backup_label'), stop.rows[0].labelfile);
    });
    return { folder, password, completedAt: Date.now() };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    finished();
  }
}

function isLasting(path: string): boolean {
  const name = path.split('/').at(-1) as string;
  return !(
    TRANSIENT_FOLDERS.includes(path) ||
    TRANSIENT_FILES.includes(path) ||
    path === CONTROL_FILE ||
    name.startsWith('pgsql_tmp') ||
    name === 'pg_internal.init'
  );
}

/** Where a restore ends, if not where its backup does. */
export interface RecoveryTarget {
  /** The archive with the log since the backup. */
  readonly archive: string;
  /** Milliseconds of the wall clock: what was committed until then is restored, and nothing later. */
  readonly until: number;
}

export interface RestoredCluster {
  readonly cluster: Cluster;
  /** Settings of its first start, in which it recovers. */
  readonly settings: Record<string, string>;
}

/** Makes a cluster from a backup; starting its server recovers it. */
export async function restoreBackup(
  machine: Machine,
  backup: Backup,
  name: string,
  target?: RecoveryTarget,
): Promise<RestoredCluster> {
  const finished = machine.clock.work();
  try {
    const cluster = await makeClusterFolder(machine, name, backup.password);
    await copyTree(backup.folder, cluster.data).catch(async (error) => {
      await removeCluster(cluster);
      throw error;
    });
    if (target === undefined) return { cluster, settings: {} };
    await writeOwned(join(cluster.data, 'recovery.signal'), '');
    const settings = {
      restore_command: `cp '${target.archive}/%f' '%p'`,
      // A zone by its letter is not understood this early in PostgreSQL's start.
      recovery_target_time: new Date(target.until).toISOString().replace('Z', '+00'),
      recovery_target_action: 'promote',
    };
    return { cluster, settings };
  } finally {
    finished();
  }
}

/** Removes a backup; servers that were restored from it do not need it. */
export async function removeBackup(backup: Backup): Promise<void> {
  await rm(backup.folder, { recursive: true, force: true });
}
