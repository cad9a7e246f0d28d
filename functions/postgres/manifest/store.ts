import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { client } from '../../clients.ts';
import { environment } from '../../environment.ts';
import { PreconditionFailed } from '../../errors.ts';
import { MANIFEST_FORMAT, Manifest } from './manifest.ts';

const s3 = client(S3Client);

/** A manifest and what it belongs to, as it lies in the report bucket. */
export const StoredManifest = z.object({
  snapshotArn: z.string(),
  /** Identifier of the snapshot. */
  snapshot: z.string(),
  /** Declared name of the database. */
  database: z.string(),
  /**
   * When it was ready (ISO 8601), by the clock of the function that took it, as recovery points are told by AWS's and not by the
   * database's. Not before the instant that the manifest shows.
   */
  takenAt: z.string(),
  manifest: Manifest,
});
export type StoredManifest = z.infer<typeof StoredManifest>;

export interface FoundManifest {
  readonly key: string;
  readonly stored: StoredManifest;
}

/**
 * A manifest is stored soon after it was taken, at the latest by another attempt within the same run, and no run takes longer than a
 * day: what was stored later than this after an instant was not taken before it. Milliseconds.
 */
const LONGEST_UNTIL_STORED_MILLISECONDS = 86_400_000;

const folderOf = (database: string) => `manifests/${database}/`;

/** Where the manifest of a snapshot lies in the report bucket. */
export function manifestKey(database: string, snapshot: string): string {
  return `${folderOf(database)}${snapshot}.json`;
}

/** Stores a manifest; a second time it takes the place of the first. */
export async function storeManifest(key: string, stored: StoredManifest): Promise<void> {
  await s3().send(
    new PutObjectCommand({
      Bucket: environment('reportBucket'),
      Key: key,
      ContentType: 'application/json',
      Body: JSON.stringify(stored),
    }),
  );
}

/**
 * Reads a manifest; undefined where there is none. That is told only to who may list the bucket.
 *
 * @throws PreconditionFailed where what lies there is no manifest that this version reads
 */
export async function readManifest(key: string): Promise<StoredManifest | undefined> {
  const Bucket = environment('reportBucket');
  let text: string;
  try {
    const { Body } = await s3().send(new GetObjectCommand({ Bucket, Key: key }));
    text = (await Body?.transformToString()) ?? '';
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
  const parsed = parse(text);
  const stored = z.safeParse(StoredManifest, parsed);
  if (stored.success) return stored.data;
  throw new PreconditionFailed(
    `The manifest s3://${Bucket}/${key} cannot be used: ${whyNot(parsed)}. Nothing was changed. Name another snapshot's manifest, or take a new one with snapshot-database.`,
    { manifest: key },
  );
}

/**
 * The newest manifest of a database, or the newest that was taken at or before an instant. Keys tell no time and the tags of
 * snapshots go with them, so objects are looked at from the last changed on. One run at a time works on a database, so they
 * were changed in the order in which they were taken; `takenAt` decides.
 */
export async function newestManifest(database: string, before?: Date): Promise<FoundManifest | undefined> {
  const latest = (before?.getTime() ?? Number.POSITIVE_INFINITY) + LONGEST_UNTIL_STORED_MILLISECONDS;
  const candidates = (await listManifests(database))
    .filter(({ changedAt }) => changedAt <= latest)
    .sort((left, right) => right.changedAt - left.changedAt);
  for (const { key } of candidates) {
    const stored = await readManifest(key);
    // Undefined: it was deleted after it was listed.
    if (stored !== undefined && (before === undefined || Date.parse(stored.takenAt) <= before.getTime()))
      return { key, stored };
  }
  return undefined;
}

async function listManifests(database: string): Promise<Array<{ key: string; changedAt: number }>> {
  const listed: Array<{ key: string; changedAt: number }> = [];
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await s3().send(
      new ListObjectsV2Command({
        Bucket: environment('reportBucket'),
        Prefix: folderOf(database),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    for (const { Key = '', LastModified } of page.Contents ?? [])
      if (Key.endsWith('.json')) listed.push({ key: Key, changedAt: LastModified?.getTime() ?? 0 });
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return listed;
}

/** What cannot be parsed is as good as nothing. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function whyNot(parsed: unknown): string {
  if (parsed === undefined) return 'it is not JSON';
  const format = (parsed as { manifest?: { format?: unknown } } | null)?.manifest?.format;
  return format === undefined || format === MANIFEST_FORMAT
    ? 'it has not the shape of a manifest'
    : `its format is ${JSON.stringify(format).slice(0, 20)}, and this version reads format ${MANIFEST_FORMAT}`;
}
