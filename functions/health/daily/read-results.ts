import * as z from 'zod/mini';
import { logger } from '../../step/observability.ts';
import { readJson } from './day-store.ts';
import { newestResults, resultOf, type TargetResult } from './map-result.ts';

/** What the distributed Map leaves in the state. */
export const MapAnswer = z.object({
  ResultWriterDetails: z.object({ Bucket: z.string(), Key: z.string() }),
});
export type MapAnswer = z.infer<typeof MapAnswer>;

const ResultFiles = z._default(z.array(z.object({ Key: z.string() })), []);
const Manifest = z.object({
  ResultFiles: z.object({ SUCCEEDED: ResultFiles, FAILED: ResultFiles, PENDING: ResultFiles }),
});

/** Reads what became of all checks. What cannot be understood is left out: its target is not known then. */
export async function readResults({
  ResultWriterDetails: { Bucket, Key },
}: MapAnswer): Promise<Map<string, TargetResult>> {
  const manifest = z.safeParse(Manifest, await readJson(Bucket, Key));
  if (!manifest.success) {
    logger.warn('the manifest of the results cannot be understood', { key: Key });
    return new Map();
  }
  const { SUCCEEDED, FAILED, PENDING } = manifest.data.ResultFiles;
  let newest = new Map<string, TargetResult>();
  // One after the other: of a large file nothing is kept but what was made of it.
  for (const file of [...PENDING, ...FAILED, ...SUCCEEDED]) {
    const records = await readJson(Bucket, file.Key);
    if (!Array.isArray(records)) {
      logger.warn('a file of results cannot be understood', { key: file.Key });
      continue;
    }
    newest = newestResults([...newest.values(), ...records.flatMap((record) => resultOf(record) ?? [])]);
  }
  return newest;
}
