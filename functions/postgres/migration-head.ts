import * as z from 'zod/mini';
import type { Session } from './session.ts';

/** At which migration a database stands, or why that is not known; `$.migrationHead` in the state. */
export const MigrationHead = z.union([
  z.object({
    known: z.literal(true),
    heads: z.array(z.string()),
    /** How many migrations were begun and neither finished nor rolled back; only where it was asked, and the tool tells it. */
    unfinished: z.optional(z.number()),
  }),
  z.object({ known: z.literal(false), why: z.string() }),
]);
export type MigrationHead = z.infer<typeof MigrationHead>;

/** What each tool keeps in the database. */
const STATEMENTS = {
  alembic: `
    SELECT version_num AS revision
    FROM alembic_version
    ORDER BY version_num`,
  prisma: `
    SELECT migration_name AS revision
    FROM _prisma_migrations
    WHERE finished_at IS NOT NULL
      AND rolled_back_at IS NULL
    ORDER BY finished_at DESC
    LIMIT 1`,
} as const;

/** A migration tool whose table we can read. */
export type MigrationTool = keyof typeof STATEMENTS;

/** The current head or heads (Alembic can have several) as the tool's table has them. */
export async function readHeads(session: Session, tool: MigrationTool): Promise<string[]> {
  const { rows } = await session.query<{ revision: string }>(STATEMENTS[tool]);
  return rows.map(({ revision }) => revision);
}

/** Migrations that Prisma began and neither finished nor rolled back; it applies no other until that is resolved. */
const UNFINISHED_IN_PRISMA = `
  SELECT count(*)::int AS count
  FROM _prisma_migrations
  WHERE finished_at IS NULL
    AND rolled_back_at IS NULL`;

/** How many migrations were begun only. Alembic keeps no account of them. */
export async function countUnfinished(session: Session, tool: MigrationTool): Promise<number> {
  if (tool !== 'prisma') return 0;
  const { rows } = await session.query<{ count: number }>(UNFINISHED_IN_PRISMA);
  return rows[0]?.count ?? 0;
}
