import type pg from 'pg';

/** Migrations in order, as Alembic names them; the last is the head. */
const MIGRATIONS: ReadonlyArray<{ readonly revision: string; readonly statement: string }> = [
  { revision: '3f1c_items', statement: 'CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL)' },
  {
    revision: '8ab2_created',
    statement: 'ALTER TABLE items ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()',
  },
];

/** Migrations that only one release brings, with the way back. */
const LATER: Readonly<Record<string, { readonly statement: string; readonly back: string }>> = {
  c0de_split_names: {
    statement: 'ALTER TABLE items RENAME COLUMN name TO full_name',
    back: 'ALTER TABLE items RENAME COLUMN full_name TO name',
  },
};

export const MIGRATION_HEAD = MIGRATIONS.at(-1)?.revision ?? '';

/** Any number that no other program uses: two tasks that start together must not migrate together. */
const ADVISORY_LOCK = 20_261_121;

/** Brings the schema to its head, or to a later migration that the release brings; returns the head. */
export async function migrate(pool: pg.Pool, brings?: string): Promise<string> {
  const later = brings === undefined ? undefined : LATER[brings];
  const migrations =
    brings === undefined || later === undefined
      ? MIGRATIONS
      : [...MIGRATIONS, { revision: brings, statement: later.statement }];
  await locked(pool, async (client) => {
    const head = await headOf(client);
    const at = migrations.findIndex(({ revision }) => revision === head);
    // A database that is ahead of this release is left alone.
    if (head !== undefined && at < 0) return;
    for (const { revision, statement } of migrations.slice(at + 1)) await step(client, statement, revision);
  });
  return migrations.at(-1)?.revision ?? '';
}

/** Takes the last migration back. */
export async function migrateDown(pool: pg.Pool): Promise<void> {
  await locked(pool, async (client) => {
    const head = (await headOf(client)) ?? '';
    const later = LATER[head];
    if (later === undefined) throw new Error(`there is no way back from the migration "${head}"`);
    await step(client, later.back, MIGRATION_HEAD);
    console.log(`took ${head} back`);
  });
}

async function step(client: pg.PoolClient, statement: string, revision: string): Promise<void> {
  await client.query(statement);
  await client.query('DELETE FROM alembic_version');
  await client.query('INSERT INTO alembic_version (version_num) VALUES ($1)', [revision]);
}

async function headOf(client: pg.PoolClient): Promise<string | undefined> {
  const { rows } = await client.query<{ version_num: string }>('SELECT version_num FROM alembic_version');
  return rows[0]?.version_num;
}

async function locked(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)',
    );
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
