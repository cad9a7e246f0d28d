import * as z from 'zod/mini';
import { KeptDay } from '../../../schemas/daily-health.ts';

/** The check before; undefined where there is none, or another version wrote it that is not understood. */
export function previousDay(content: unknown): KeptDay | undefined {
  const parsed = z.safeParse(KeptDay, content);
  return parsed.success && !Number.isNaN(Date.parse(parsed.data.at)) ? parsed.data : undefined;
}
