import { describe, expect, test } from 'vitest';
import { compareWithManifest } from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import type { Manifest } from '../../../../functions/postgres/manifest/manifest.ts';
import { CRITICAL, compared, ORDERS } from './comparing.ts';
import { aServer, type TestDatabase, take } from './database.ts';

const database = aServer();

/** Lets the manifest believe that what is there now was there then: so damage looks that no transaction made. */
async function withSnapshotOfNow({ run }: TestDatabase, manifest: Manifest): Promise<Manifest> {
  const [row] = await run('SELECT pg_current_snapshot()::text AS snapshot');
  return { ...manifest, snapshot: String(row?.snapshot) };
}

describe('rows compared with their manifest', () => {
  test('are identical when nothing happened, vacuumed and frozen or not', async () => {
    expect(await compared(database, ORDERS, ['VACUUM FREEZE orders', 'VACUUM FULL orders'])).toMatchObject({
      verdict: 'identical',
      summary: 'public.orders: identical',
      passed: true,
      keyRange: null,
      suspectRows: null,
      differences: [],
      surroundings: [],
    });
  });

  test('have newer rows when some were inserted, of which none passes for another', async () => {
    expect(
      await compared(database, ORDERS, [
        `INSERT INTO orders SELECT i, 'new' FROM generate_series(1001, 1300) i`,
        'VACUUM FREEZE orders',
      ]),
    ).toMatchObject({
      verdict: 'newer',
      summary: 'public.orders: newer rows: 300',
      passed: true,
      rows: { newer: 300, replaced: 0, unproven: 0 },
      keyRange: { now: { highest: [{ kind: 'integer', value: '1300' }] } },
    });
  });

  test('have newer rows when some were updated, and says what that leaves unproven', async () => {
    const { verdict, rows, passed } = await compared(database, ORDERS, [
      `UPDATE orders SET note = 'new' WHERE id IN (7, 70, 700)`,
    ]);
    expect({ verdict, passed }).toEqual({ verdict: 'newer', passed: true });
    expect(rows).toMatchObject({ newer: 3, replaced: 3, damaged: 0 });
    // About four rows share a bucket.
    expect(rows?.unproven).toBeLessThan(100);
  });

  test('have newer rows when some were updated and others inserted', async () => {
    const { verdict, rows } = await compared(database, ORDERS, [
      `UPDATE orders SET note = 'new' WHERE id <= 100`,
      `INSERT INTO orders SELECT i, 'new' FROM generate_series(1001, 2000) i`,
    ]);
    expect(verdict).toBe('newer');
    expect(rows).toMatchObject({ newer: 1100, replaced: 100, damaged: 0 });
  });

  test('are different when a row is gone; its bucket is named and can be looked into', async () => {
    const test = await database();
    await test.run(...ORDERS);
    const manifest = await take(test, CRITICAL);
    await test.run('DELETE FROM orders WHERE id = 500');
    const { tables, passed } = await compareWithManifest(() => test.connect(), manifest);
    expect(passed).toBe(false);
    expect(tables).toMatchObject([{ verdict: 'different', rows: { damaged: 1 }, keyRange: null }]);
    const suspects = tables[0]?.rows?.suspects ?? [];
    expect(suspects).toMatchObject([{ why: 'missing' }]);
    expect(tables[0]?.summary).toBe(
      `public.orders: missing or different: 1 at least, in bucket ${suspects[0]?.bucket} (missing: ${suspects[0]?.found} of ${suspects[0]?.expected} rows)`,
    );
    const found = await test.run(`SELECT id FROM ONLY orders AS t WHERE ${tables[0]?.suspectRows}`);
    expect(found).toHaveLength(suspects[0]?.found ?? -1);
  });

  test('are different when rows at an end are gone, whatever came after; the keys are named', async () => {
    const { verdict, rows, summary } = await compared(database, ORDERS, [
      'DELETE FROM orders WHERE id <= 100',
      `INSERT INTO orders SELECT i, 'new' FROM generate_series(1001, 3000) i`,
    ]);
    expect({ verdict, damaged: rows?.damaged }).toEqual({ verdict: 'different', damaged: 100 });
    expect(summary).toContain('keys are now from (101) to (3000), were from (1) to (1000)');
    expect(summary).toContain('newer rows: 2000');
  });

  test('are different when a row is another although nobody wrote it', async () => {
    const test = await database();
    await test.run(...ORDERS);
    const manifest = await take(test, CRITICAL);
    await test.run(`UPDATE orders SET note = 'tampered' WHERE id = 500`);
    const { tables } = await compareWithManifest(
      () => test.connect(),
      await withSnapshotOfNow(test, manifest),
    );
    expect(tables).toMatchObject([
      { verdict: 'different', rows: { damaged: 1, suspects: [{ why: 'different' }] } },
    ]);
  });

  test('that is sampled shows missing rows everywhere, other contents in the sample', async () => {
    const test = await database();
    await test.run(...ORDERS);
    const manifest = await take(test, { sampleShare: 0.25, completeUpToBytes: 0 });
    await test.run(`UPDATE orders SET note = 'tampered'`, 'DELETE FROM orders WHERE id = 500');
    const { tables } = await compareWithManifest(
      () => test.connect(),
      await withSnapshotOfNow(test, manifest),
    );
    const suspects = tables[0]?.rows?.suspects ?? [];
    const { scope } = manifest.tables[0] as Manifest['tables'][0];
    if (scope.kind !== 'buckets') throw new Error(scope.kind);
    const covered = manifest.tables[0]?.digests.filter(({ bucket }) => bucket < scope.covered) ?? [];
    expect(suspects.filter(({ bucket }) => bucket < scope.covered)).toHaveLength(covered.length);
    expect(suspects.filter(({ bucket }) => bucket >= scope.covered).length).toBeLessThanOrEqual(1);
    expect(tables[0]).toMatchObject({ scope: 'buckets' });
  });

  test('that is large is compared at its edges', async () => {
    const large = [
      'CREATE TABLE orders (id int PRIMARY KEY, note text)',
      `INSERT INTO orders SELECT i, 'note' FROM generate_series(1, 30000) i`,
      'ANALYZE orders',
    ];
    const options = { estimateAboveBytes: 8192 };
    expect(await compared(database, large, [], options)).toMatchObject({
      verdict: 'identical',
      scope: 'edges',
    });
    expect(
      await compared(
        database,
        large,
        ['DELETE FROM orders WHERE id = 29999', 'INSERT INTO orders VALUES (30001)'],
        options,
      ),
    ).toMatchObject({ verdict: 'different', rows: { damaged: 1, newer: 1 } });
    // What lies between is not looked at: that is what the scope says.
    expect(await compared(database, large, ['DELETE FROM orders WHERE id = 15000'], options)).toMatchObject({
      verdict: 'identical',
      scope: 'edges',
    });
  });

  test('that was truncated and filled anew is different', async () => {
    expect(
      await compared(database, ORDERS, [
        'TRUNCATE orders',
        `INSERT INTO orders SELECT i, 'new' FROM generate_series(1, 10) i`,
      ]),
    ).toMatchObject({ verdict: 'different', rows: { newer: 10, replaced: 10, damaged: 990 } });
  });

  test('without a primary key has one digest', async () => {
    const make = [
      'CREATE TABLE log (line text)',
      `INSERT INTO log SELECT 'line ' || i % 10 FROM generate_series(1, 100) i`,
    ];
    expect(await compared(database, make, [], {})).toMatchObject({ verdict: 'identical', scope: 'all' });
    expect(await compared(database, make, [`INSERT INTO log VALUES ('line 1')`], {})).toMatchObject({
      verdict: 'newer',
      rows: { newer: 1, unproven: 0 },
    });
    expect(await compared(database, make, [`DELETE FROM log WHERE line = 'line 3'`], {})).toMatchObject({
      verdict: 'different',
      rows: { damaged: 10 },
    });
    expect(
      await compared(database, make, [`UPDATE log SET line = 'x' WHERE line = 'line 3'`], {}),
    ).toMatchObject({
      verdict: 'newer',
      rows: { newer: 10, replaced: 10, unproven: 100 },
    });
  });
});

describe('rows of transactions that were under way', () => {
  test('are newer, in subtransactions too, and none that was committed is', async () => {
    const test = await database();
    await test.run(...ORDERS);
    const writer = await test.connect();
    await writer.query('BEGIN');
    await writer.query(`INSERT INTO orders VALUES (2001, 'under way')`);
    await writer.query('SAVEPOINT one');
    await writer.query(`INSERT INTO orders VALUES (2002, 'under way, in a part')`);
    await writer.query('RELEASE one');
    // Committed, with ids above those under way: in the window that a snapshot leaves open.
    await test.run(
      `INSERT INTO orders VALUES (2003, 'committed')`,
      `INSERT INTO orders VALUES (2004, 'committed')`,
    );
    const manifest = await take(test, CRITICAL);
    expect(manifest.tables[0]?.rows.count).toBe(1002);
    await writer.query('COMMIT');
    await writer.close();
    const { tables } = await compareWithManifest(() => test.connect(), manifest);
    expect(tables).toMatchObject([{ verdict: 'newer', rows: { newer: 2, replaced: 0, damaged: 0 } }]);
  });
});
