import type pg from 'pg';

/** Migrations in order, as Alembic names them; the last is the head. */
const MIGRATIONS: ReadonlyArray<{ readonly revision: string; readonly statement: string }> = [
  { revision: '3f1c_items', statement: 'CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL)' },
  {
    revision: '8ab2_created',
    statement: 'ALTER TABLE items ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()',
  },
];

export const MIGRATION_HEAD = MIGRATIONS.at(-1)?.revision ?? '';

/** Any number that no other program uses: two tasks that start together must not migrate together. */
const ADVISORY_LOCK = 20_261_121;

/** Brings the schema to its head. */
export async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)',
    );
    const { rows } = await client.query<{ version_num: string }>('SELECT version_num FROM alembic_version');
    const at = MIGRATIONS.findIndex(({ revision }) => revision === rows[0]?.version_num);
    // A database that is ahead of this release is left alone.
    if (rows.length > 0 && at < 0) {
      await client.query('COMMIT');
      return;
    }
    for (const { revision, statement } of MIGRATIONS.slice(at + 1)) {
      await client.query(statement);
      await client.query('DELETE FROM alembic_version');
      await client.query('INSERT INTO alembic_version (version_num) VALUES ($1)', [revision]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
