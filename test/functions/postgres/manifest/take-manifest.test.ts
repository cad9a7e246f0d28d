import { describe, expect, test } from 'vitest';
import { compareWithManifest } from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import { aServer, tableOf, take } from './database.ts';

const database = aServer();

describe('a manifest', () => {
  test('has each table: rows, key and its bounds, newest write, digests, indexes', async () => {
    const { run, connect, name } = await database();
    await run(
      `CREATE TABLE orders (id int PRIMARY KEY, note text, created_at timestamptz, updated_at timestamptz)`,
      `CREATE INDEX orders_note ON orders (note)`,
      `INSERT INTO orders SELECT i, 'secret-' || i, now(), timestamptz '2026-01-01 00:00Z' + i * interval '1 s'
       FROM generate_series(1, 1000) i`,
      'CREATE TABLE nothing (id uuid PRIMARY KEY)',
    );
    const manifest = await take(
      { connect },
      { critical: ['public.orders'], migrationHead: { known: true, heads: ['a1'] } },
    );
    expect(manifest).toMatchObject({
      format: 1,
      takenAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      server: { database: name, systemIdentifier: expect.stringMatching(/^\d+$/) },
      migrationHead: { known: true, heads: ['a1'] },
    });
    expect(manifest.server.versionNumber).toBeGreaterThanOrEqual(180_000);
    const orders = tableOf(manifest, 'orders');
    expect(orders).toMatchObject({
      schema: 'public',
      unlogged: false,
      key: ['id'],
      lowest: [{ kind: 'integer', value: '1' }],
      highest: [{ kind: 'integer', value: '1000' }],
      rows: { count: 1000, estimated: false },
      newest: { column: 'updated_at', at: '2026-01-01 00:16:40+00' },
      scope: { kind: 'all' },
      indexes: [
        { name: 'orders_note', valid: true, unique: false },
        { name: 'orders_pkey', valid: true, unique: true },
      ],
    });
    expect(orders.columns[3]).toEqual({
      name: 'updated_at',
      type: 'timestamp with time zone',
      notNull: false,
    });
    expect(orders.digests.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    expect(orders.digests.every(({ keys, rows }) => keys !== null && rows !== null)).toBe(true);
    expect(tableOf(manifest, 'nothing')).toMatchObject({
      rows: { count: 0, estimated: false },
      lowest: null,
      highest: null,
      newest: null,
      digests: [],
    });
    expect(JSON.stringify(manifest)).not.toContain('secret');
  });

  test('hashes keys that are not integers, uuids or timestamps', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE people (mail text, at timestamp, PRIMARY KEY (mail, at))',
      `INSERT INTO people VALUES ('ada@example.com', '2026-01-01'), ('zoe@example.com', '2026-01-02')`,
    );
    const manifest = await take({ connect });
    expect(tableOf(manifest, 'people').lowest).toEqual([
      { kind: 'hash', value: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { kind: 'timestamp', value: '2026-01-01 00:00:00' },
    ]);
    expect(JSON.stringify(manifest)).not.toContain('example.com');
    const again = await take({ connect });
    expect(tableOf(again, 'people').lowest).not.toEqual(tableOf(manifest, 'people').lowest);
    expect(tableOf(again, 'people').digests).toEqual(tableOf(manifest, 'people').digests);
  });

  test('digests a sample of the tables that are not critical, and counts and keys of all rows', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE events (id int PRIMARY KEY, body text)',
      `INSERT INTO events SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i`,
    );
    const { scope, digests, rows, buckets } = tableOf(
      await take({ connect }, { completeUpToBytes: 0 }),
      'events',
    );
    expect(rows).toEqual({ count: 5000, estimated: false });
    expect({ scope, buckets }).toEqual({ scope: { kind: 'buckets', covered: 16 }, buckets: 256 });
    expect(digests).toHaveLength(256);
    expect(digests.filter((one) => one.rows !== null)).toHaveLength(16);
    expect(digests.every(({ keys }) => keys !== null)).toBe(true);
  });

  test('estimates tables above a size, and digests the edges of their key', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE large (id int PRIMARY KEY, body text)',
      'INSERT INTO large SELECT i, i::text FROM generate_series(1, 30000) i',
      'CREATE TABLE words (word text PRIMARY KEY)',
      'INSERT INTO words SELECT i::text FROM generate_series(1, 1000) i',
      'ANALYZE',
    );
    const manifest = await take({ connect }, { estimateAboveBytes: 8192 });
    expect(tableOf(manifest, 'large')).toMatchObject({
      rows: { count: 30_000, estimated: true },
      scope: {
        kind: 'edges',
        low: [{ kind: 'integer', value: '10000' }],
        high: [{ kind: 'integer', value: '20001' }],
      },
    });
    expect(tableOf(manifest, 'words')).toMatchObject({
      rows: { count: 1000, estimated: true },
      scope: { kind: 'none' },
      digests: [],
    });
    const whole = await take({ connect }, { estimateAboveBytes: 8192, critical: ['public.large'] });
    expect(tableOf(whole, 'large')).toMatchObject({ rows: { estimated: false }, scope: { kind: 'all' } });
  });

  test('takes the leaves of partitioned tables, and of inheriting ones each only its own rows', async () => {
    const { run, connect } = await database();
    await run(
      'CREATE TABLE measures (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)',
      `CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')
       PARTITION BY LIST (id)`,
      'CREATE TABLE measures_1_1 PARTITION OF measures_1 DEFAULT',
      `CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')`,
      `INSERT INTO measures SELECT i, date '2026-01-15' + i FROM generate_series(1, 30) i`,
      'CREATE TABLE base (id int PRIMARY KEY)',
      'CREATE TABLE derived (extra int) INHERITS (base)',
      'INSERT INTO base VALUES (1)',
      'INSERT INTO derived VALUES (2, 2), (3, 3)',
    );
    const { tables } = await take(
      { connect },
      { critical: ['public.measures'], timestampColumns: { 'public.measures': 'day' }, completeUpToBytes: 0 },
    );
    expect(tables.map(({ name, rows, scope, newest }) => [name, rows.count, scope.kind, newest?.at])).toEqual(
      [
        ['base', 1, 'buckets', undefined],
        ['derived', 2, 'all', undefined],
        ['measures_1_1', 16, 'all', '2026-01-31'],
        ['measures_2', 14, 'all', '2026-02-14'],
      ],
    );
  });

  test('knows extensions, roles, memberships, grants and settings', async () => {
    const { run, connect } = await database();
    await run('CREATE TABLE open (id int)', 'CREATE TABLE closed (id int)');
    const before = await take({ connect });
    await run('GRANT SELECT ON open TO reader', 'GRANT SELECT (id) ON closed TO reader');
    const after = await take({ connect });
    expect(after.surroundings.extensions).toContainEqual({ name: 'plpgsql', version: '1.0' });
    expect(after.surroundings.roles).toContainEqual({
      name: 'reader',
      attributes: 'login inherit connections=-1',
    });
    expect(after.surroundings.memberships).toContainEqual({
      role: 'pg_read_all_data',
      member: 'reader',
      options: 'inherit set',
    });
    expect(after.surroundings.settings).toMatchObject({
      max_connections: '30',
      search_path: '"$user", public',
      'database locale': 'C C UTF8',
    });
    for (const name of ['open', 'closed'])
      expect(tableOf(after, name).grants).not.toBe(tableOf(before, name).grants);
  });

  test('is the same with any number of workers, and whatever a session is used to', async () => {
    const { run, connect, name } = await database();
    await run(
      `CREATE TABLE mixed (id int PRIMARY KEY, at timestamptz, span interval, ratio float8, raw bytea, price money,
        kind regclass)`,
      `INSERT INTO mixed SELECT i, timestamptz '2026-03-01 12:00Z' + i * interval '1 h', i * interval '1 h', 1 / i::float8,
        sha256(i::text::bytea), i::numeric::money, 'mixed' FROM generate_series(1, 50) i`,
    );
    const one = await take({ connect }, { critical: ['public.mixed'], workers: 1 });
    await run(
      `ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`,
      `ALTER DATABASE ${name} SET datestyle = 'German'`,
      `ALTER DATABASE ${name} SET intervalstyle = 'postgres_verbose'`,
      `ALTER DATABASE ${name} SET extra_float_digits = -5`,
      `ALTER DATABASE ${name} SET bytea_output = 'escape'`,
    );
    const other = await take({ connect }, { critical: ['public.mixed'], workers: 4 });
    expect(other.tables).toEqual(one.tables);
    expect(other.surroundings.settings.TimeZone).toBe('Asia/Tokyo');
  });

  test('of a thousand tables', async () => {
    const { run, connect } = await database();
    await run(`DO $$ BEGIN
      FOR i IN 1..1000 LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i);
        EXECUTE format('INSERT INTO t%s SELECT generate_series(1, %s)', i, i % 7);
        IF i % 100 = 0 THEN COMMIT; END IF;
      END LOOP;
    END $$`);
    const manifest = await take({ connect }, { workers: 2 });
    expect(manifest.tables).toHaveLength(1000);
    for (const { name, rows } of manifest.tables) expect(rows.count).toBe(Number(name.slice(1)) % 7);
    await run('DELETE FROM t20 WHERE id = 3', 'DROP TABLE t21');
    const { tables } = await compareWithManifest(() => connect(), manifest);
    expect(tables.filter(({ verdict }) => verdict !== 'identical').map(({ summary }) => summary)).toEqual([
      expect.stringContaining('public.t20: missing or different: 1 at least'),
      'public.t21: dropped',
    ]);
  });

  test('can be taken by a role that may only read', async () => {
    const { run, connect } = await database();
    await run('CREATE TABLE orders (id int PRIMARY KEY)', 'INSERT INTO orders VALUES (1)');
    const manifest = await take({ connect: () => connect('reader') });
    expect(tableOf(manifest, 'orders').rows.count).toBe(1);
    await expect(
      connect('reader').then(async (client) => {
        try {
          return await client.query('DELETE FROM orders');
        } finally {
          await client.close();
        }
      }),
    ).rejects.toThrow(/permission denied/);
  });
});
