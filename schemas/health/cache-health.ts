import * as z from 'zod/mini';

/** Limits of a cache (P-04, P-05). */
export const CacheHealth = z.object({
  /** For the median of several PINGs. */
  latencyMilliseconds: z.number(),
  /** Up to here memory is as usual, and from the other on there is a warning. Bytes. */
  usualBytes: z.number(),
  warnBytes: z.number(),
  hitRatePercent: z.number(),
  /** Until it has run for so long it is warming, and a smaller rate will do. */
  warmingSeconds: z.number(),
  warmingHitRatePercent: z.number(),
  /** With fewer look-ups the rate proves nothing. */
  minimumLookups: z.number(),
  /** More are a warning. */
  evictedKeys: z.number(),
  connectedClients: z.optional(z.number()),
});
export type CacheHealth = z.infer<typeof CacheHealth>;

export const CACHE_HEALTH_DEFAULTS: CacheHealth = {
  latencyMilliseconds: 100,
  usualBytes: 100 * 1_048_576,
  warnBytes: 500 * 1_048_576,
  hitRatePercent: 70,
  warmingSeconds: 3600,
  warmingHitRatePercent: 40,
  minimumLookups: 100,
  evictedKeys: 0,
};
