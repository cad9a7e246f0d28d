import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareWithManifest } from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import { type StartedMachine, startMachine } from '../../../../sandbox/machine.ts';
import { restoreBackup, takeBackup } from '../../../../sandbox/postgres/backup.ts';
import { type PostgresServer, startCluster, startPostgres } from '../../../../sandbox/postgres/server.ts';
import { openAsTester, take, verdicts } from './database.ts';

let started: StartedMachine;
let server: PostgresServer;
beforeAll(async () => {
  started = await startMachine({});
  server = await startPostgres(started.machine, 'original');
});
afterAll(async () => {
  await server.stop();
  await started.close();
});

test('a restored copy is compared by the transaction ids that it has kept', async () => {
  await server.administer('postgres', [
    `CREATE ROLE tester LOGIN SUPERUSER PASSWORD 'correct horse'`,
    'CREATE TABLE quiet (id int PRIMARY KEY, note text)',
    `INSERT INTO quiet SELECT i, 'note ' || i FROM generate_series(1, 500) i`,
    'CREATE TABLE busy (id int PRIMARY KEY, note text)',
    'INSERT INTO busy SELECT generate_series(1, 500)',
    'CREATE UNLOGGED TABLE cache (id int)',
    'INSERT INTO cache VALUES (1)',
  ]);
  const connect = (to: PostgresServer) => () => openAsTester(started, to, 'postgres');
  const manifest = await take({ connect: connect(server) });
  await server.administer('postgres', [
    'INSERT INTO busy SELECT generate_series(501, 700)',
    'UPDATE busy SET note = 1 WHERE id <= 20',
  ]);
  const backup = await takeBackup(started.machine, server, 'after');
  // What comes after the backup is not in it.
  await server.administer('postgres', ['DELETE FROM busy', 'DELETE FROM quiet']);
  const { cluster } = await restoreBackup(started.machine, backup, 'restored');
  const restored = await startCluster(started.machine, cluster);
  try {
    const good = await compareWithManifest(connect(restored), manifest);
    expect(good.passed).toBe(true);
    expect(verdicts(good)).toEqual({ quiet: 'identical', busy: 'newer', cache: 'unchecked' });
    expect(good.tables.find(({ name }) => name === 'busy')?.rows).toMatchObject({ newer: 220, replaced: 20 });

    await restored.administer('postgres', ['DELETE FROM quiet WHERE id = 7']);
    expect(verdicts(await compareWithManifest(connect(restored), manifest))).toMatchObject({
      quiet: 'different',
    });
  } finally {
    await restored.stop();
  }
});
