import * as z from 'zod/mini';

/** At which migration a database stands, or why that is not known; `$.migrationHead` in the state. */
export const MigrationHead = z.union([
  z.object({ known: z.literal(true), heads: z.array(z.string()) }),
  z.object({ known: z.literal(false), why: z.string() }),
]);
export type MigrationHead = z.infer<typeof MigrationHead>;
