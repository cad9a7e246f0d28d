import type { PostgresServer } from '../../sandbox/postgres/server.ts';

/** The large tables, largest first, and how many million rows each has. */
export const LARGE_TABLES = [
  { name: 'orders', millions: 6 },
  { name: 'order_events', millions: 3 },
  { name: 'products', millions: 1 },
] as const;

/** Small tables beside them, as every database has. */
const SMALL_TABLES = 20;

const COLUMNS: Readonly<Record<(typeof LARGE_TABLES)[number]['name'], string>> = {
  orders: `i AS id, gen_random_uuid() AS public_id, 'customer-' || (i * 7919 % 500000) AS customer,
    (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + i % 4] AS status,
    ((i * 37 % 1000000)::numeric / 100)::numeric(10, 2) AS total,
    timestamptz '2025-01-01' + i * interval '5 seconds' AS created_at,
    timestamptz '2025-01-01' + (i * 7 % 9000000) * interval '5 seconds' AS updated_at`,
  order_events: `gen_random_uuid() AS id, i * 2 AS order_id, (i % 12)::int AS kind,
    jsonb_build_object('source', 'web', 'attempt', i % 5, 'amount', (i * 37 % 100000)::numeric / 100) AS payload,
    timestamptz '2025-01-01' + i * interval '9 seconds' AS occurred_at`,
  products: `i AS id, 'product ' || i AS name, repeat(md5(i::text), 6) AS description,
    ((i % 100000)::numeric / 100)::numeric(10, 2) AS price, i % 3 = 0 AS active,
    CASE WHEN i % 10 > 0 THEN timestamptz '2025-01-01' + i * interval '1 minute' END AS updated_at`,
};

/** Makes a database with the tables above, vacuumed and analyzed as a table in use is. */
export async function fillDatabase(server: PostgresServer, name: string, share: number): Promise<void> {
  await server.administer('postgres', [
    `CREATE DATABASE ${name}`,
    `DO $$ BEGIN CREATE ROLE bench LOGIN SUPERUSER PASSWORD 'bench'; EXCEPTION WHEN duplicate_object THEN END $$`,
  ]);
  const fill = (table: (typeof LARGE_TABLES)[number]) =>
    server.administer(name, [
      `CREATE TABLE ${table.name} AS SELECT ${COLUMNS[table.name]}
        FROM generate_series(1::bigint, ${Math.round(table.millions * 1e6 * share)}) AS i`,
      `ALTER TABLE ${table.name} ADD PRIMARY KEY (id)`,
    ]);
  await Promise.all(LARGE_TABLES.map(fill));
  await server.administer(name, [
    ...Array.from(
      { length: SMALL_TABLES },
      (_, place) => `CREATE TABLE small_${place} AS SELECT i AS id, 'setting ' || i AS name, true AS active
        FROM generate_series(1, 500) AS i`,
    ),
    // For the clients that read and write meanwhile.
    `CREATE TABLE carts AS SELECT i AS id, 0 AS items, now() AS updated_at FROM generate_series(1, 100000) AS i`,
    'ALTER TABLE carts ADD PRIMARY KEY (id)',
    'VACUUM (FREEZE, ANALYZE)',
    'CHECKPOINT',
  ]);
}

/** Rows and size of a database, for people. */
export async function totals(server: PostgresServer, database: string): Promise<string> {
  return server.session(database, async (client) => {
    const { rows } = await client.query(
      `
      SELECT round(sum(reltuples)::numeric / 1000000)::text AS millions,
        round(sum(pg_table_size(oid)) / 1024 / 1024 / 1024, 2)::text AS gigabytes
      FROM pg_class WHERE relname = ANY ($1)`,
      [LARGE_TABLES.map(({ name }) => name)],
    );
    return `${rows[0].millions} million rows, ${rows[0].gigabytes} GB`;
  });
}
