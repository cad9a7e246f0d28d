import * as z from 'zod/mini';

/** What is needed to connect to a PostgreSQL database. */
export const DatabaseConnection = z.object({
  kind: z.literal('database'),
  name: z.string(),
  /** RDS instance identifier. */
  instance: z.string(),
  /** Host name, port and database name to connect to. */
  host: z.string(),
  /** A text where it was known only when the stack was deployed. */
  port: z.coerce.number(),
  database: z.string(),
  /** Secret with `username` and `password` (host, port and dbname in it are ignored: a secret cannot redirect us). */
  secretArn: z.string(),
  /** Which tool's table tells the migration head (P-02). */
  migrations: z.enum(['alembic', 'prisma', 'none']),
});
export type DatabaseConnection = z.infer<typeof DatabaseConnection>;
