import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedMachine, startMachine } from '../../../sandbox/machine.ts';
import { completeArchive } from '../../../sandbox/postgres/archive.ts';
import { type Backup, removeBackup, restoreBackup, takeBackup } from '../../../sandbox/postgres/backup.ts';
import { createCluster } from '../../../sandbox/postgres/cluster.ts';
import { type PostgresServer, startCluster } from '../../../sandbox/postgres/server.ts';

let started: StartedMachine;
let server: PostgresServer;
let first: Backup;

beforeAll(async () => {
  started = await startMachine({});
  server = await startCluster(started.machine, await createCluster(started.machine, 'orders'), {
    archiving: true,
  });
  await server.administer('postgres', [
    'CREATE TABLE entry (id int PRIMARY KEY, amount int NOT NULL)',
    'CREATE TABLE total (sum bigint NOT NULL)',
    'INSERT INTO total VALUES (0)',
  ]);
  first = await takeBackup(started.machine, server, 'first');
});
afterAll(async () => {
  await server.stop();
  await started.close();
});

/** Writes until told to stop; each transaction changes two tables that must agree. Returns the numbers that were committed. */
function startWriter(from: number) {
  let stopped = false;
  const committed: number[] = [];
  // Checkpoints in the middle of a copy: files that were copied before lack what the log need not have any more.
  const checkpoints = server.session('postgres', async (client) => {
    while (!stopped) await client.query('CHECKPOINT');
  });
  const done = server.session('postgres', async (client) => {
    for (let id = from; !stopped; id += 1) {
      await client.query('BEGIN');
      await client.query('INSERT INTO entry VALUES ($1, $1)', [id]);
      await client.query('UPDATE total SET sum = sum + $1', [id]);
      await client.query('COMMIT');
      committed.push(id);
    }
  });
  return {
    committed,
    async stop() {
      stopped = true;
      await Promise.all([done, checkpoints]);
    },
  };
}

async function contentOf(restored: PostgresServer) {
  return restored.session('postgres', async (client) => {
    const { rows } = await client.query(
      `SELECT coalesce(max(id), 0)::int AS last, count(*)::int AS entries,
              coalesce(sum(amount), 0)::bigint = (SELECT sum FROM total) AS agree FROM entry`,
    );
    return rows[0] as { last: number; entries: number; agree: boolean };
  });
}

describe('a backup taken while clients write', () => {
  test('has every transaction that was committed before it began, and no half of any', async () => {
    const { machine } = started;
    const writer = startWriter(1);
    await expect.poll(() => writer.committed.length, { timeout: 20_000 }).toBeGreaterThan(50);
    const before = writer.committed.length;
    const backup = await takeBackup(machine, server, 'busy');
    // Writing went on during the copy.
    const during = writer.committed.length;
    await pause(50);
    await writer.stop();
    expect(during).toBeGreaterThan(before);
    expect(existsSync(`${backup.folder}/postmaster.pid`)).toBe(false);

    const { cluster } = await restoreBackup(machine, backup, 'restored');
    const restored = await startCluster(machine, cluster);
    const content = await contentOf(restored);
    expect(content.agree).toBe(true);
    // Numbers without a gap: nothing in between is missing.
    expect(content.entries).toBe(content.last);
    expect(content.last).toBeGreaterThanOrEqual(before);
    // One may be committed of which the client had not heard.
    expect(content.last).toBeLessThanOrEqual(during + 1);

    // Both go on by themselves.
    await restored.administer('postgres', ['DELETE FROM entry']);
    expect((await contentOf(server)).entries).toBe(writer.committed.length);
    await restored.stop();
  });

  test('is restored again and again', async () => {
    const { machine } = started;
    for (const name of ['again-1', 'again-2']) {
      const { cluster } = await restoreBackup(machine, first, name);
      const restored = await startCluster(machine, cluster);
      expect(await contentOf(restored)).toEqual({ last: 0, entries: 0, agree: true });
      await restored.stop();
    }
  });

  test('leaves nothing when it is removed, or fails', async () => {
    const { machine } = started;
    const backup = await takeBackup(machine, server, 'short');
    await removeBackup(backup);
    expect(existsSync(backup.folder)).toBe(false);
    const stopped = await startCluster(machine, await createCluster(machine, 'stopped'));
    await stopped.stop();
    await expect(takeBackup(machine, stopped, 'failed')).rejects.toThrow();
    expect(existsSync(`${machine.directory}/backups/failed`)).toBe(false);
  });
});

describe('a restore to a point in time', () => {
  test('has what was committed until then, and nothing later', async () => {
    const { machine } = started;
    const writer = startWriter(100_000);
    await expect.poll(() => writer.committed.length, { timeout: 20_000 }).toBeGreaterThan(50);
    const until = Date.now();
    const before = writer.committed.length;
    await pause(100);
    await writer.stop();
    expect(writer.committed.length).toBeGreaterThan(before);
    await completeArchive(server);

    const target = { archive: server.cluster.archive, until };
    const { cluster, settings } = await restoreBackup(machine, first, 'past', target);
    const restored = await startCluster(machine, cluster, { settings });
    const { last, agree } = await contentOf(restored);
    expect(agree).toBe(true);
    // The client hears of a commit a moment after it happened, and the target has milliseconds.
    expect(Math.abs(last - (writer.committed[before - 1] ?? 0))).toBeLessThanOrEqual(5);
    // It takes writes, and starts again without its target.
    await restored.administer('postgres', ['INSERT INTO entry VALUES (-1, 0)']);
    await restored.stop();
    const again = await startCluster(machine, cluster);
    expect((await contentOf(again)).agree).toBe(true);
    await again.stop();
  });

  test('reaches a time after the last write', async () => {
    const { machine } = started;
    const { entries } = await contentOf(server);
    await pause(20);
    const until = Date.now();
    await pause(20);
    await completeArchive(server);
    const target = { archive: server.cluster.archive, until };
    const { cluster, settings } = await restoreBackup(machine, first, 'idle', target);
    const restored = await startCluster(machine, cluster, { settings });
    expect((await contentOf(restored)).entries).toBe(entries);
    await restored.stop();
  });
});
