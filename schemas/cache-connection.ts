import * as z from 'zod/mini';

/** What is needed to reach a cache. */
export const CacheConnection = z.object({
  name: z.string(),
  /** Primary endpoint, with TLS. */
  host: z.string(),
  /** A text where it was known only when the stack was deployed. */
  port: z.coerce.number(),
});
export type CacheConnection = z.infer<typeof CacheConnection>;
