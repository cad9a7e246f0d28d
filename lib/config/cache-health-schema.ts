import { z } from 'zod';
import { CACHE_HEALTH_DEFAULTS } from '../../schemas/health/cache-health.ts';

export const MEBIBYTE = 1_048_576;

const count = z.number().int();
/** A rate must be above its limit. */
const rate = z
  .number()
  .min(0)
  .lt(100, 'must be below 100: the hit rate has to be above it, and is never above 100 %');

const { latencyMilliseconds, usualBytes, warnBytes, warmingSeconds, ...defaults } = CACHE_HEALTH_DEFAULTS;

/** What is checked of a cache every morning (P-04, P-05). */
export const CacheHealthSchema = z
  .strictObject({
    /** For the median of several PINGs. */
    latencyMilliseconds: z.number().positive().default(latencyMilliseconds),
    /** Up to here memory is as usual. */
    usualMebibytes: z
      .number()
      .positive()
      .default(usualBytes / MEBIBYTE),
    /** More is a warning. */
    warnMebibytes: z
      .number()
      .positive()
      .default(warnBytes / MEBIBYTE),
    hitRatePercent: rate.default(defaults.hitRatePercent),
    /** Until it has run for so long it is warming, and a smaller rate will do. */
    warmingMinutes: z
      .number()
      .min(0)
      .default(warmingSeconds / 60),
    warmingHitRatePercent: rate.default(defaults.warmingHitRatePercent),
    /** With fewer look-ups the rate proves nothing. */
    minimumLookups: count.positive().default(defaults.minimumLookups),
    /** More keys than these, evicted since it was started, are a warning. */
    evictedKeys: count.min(0).default(defaults.evictedKeys),
    /** More clients are a warning. */
    connectedClients: count.positive().optional(),
  })
  .refine(({ usualMebibytes, warnMebibytes }) => warnMebibytes >= usualMebibytes, {
    error: 'warnMebibytes must be at least usualMebibytes',
  })
  .refine(({ hitRatePercent, warmingHitRatePercent }) => warmingHitRatePercent <= hitRatePercent, {
    error: 'warmingHitRatePercent must be at most hitRatePercent',
  });
export type CacheHealthConfig = z.output<typeof CacheHealthSchema>;
