import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { client } from '../../clients.ts';

const s3 = client(S3Client);

/** Results of five hundred checks have some ten million; what has more is not ours. Bytes. */
const LARGEST_OBJECT = 64 * 1_048_576;

/** The newest daily check. */
export const LATEST = 'health/latest.json';
/** Where everything of one daily check lies. */
export const folderOf = (runId: string): string => `health/${runId}`;
export const FILES = {
  /** What is looked at. */
  targets: 'targets.json',
  /** What could not even be read. */
  unread: 'unread.json',
  /** The check before, as it was when this one began. */
  previous: 'previous.json',
  judged: 'judged.json',
} as const;

export async function writeJson(Bucket: string, Key: string, content: unknown): Promise<void> {
  await s3().send(
    new PutObjectCommand({ Bucket, Key, ContentType: 'application/json', Body: JSON.stringify(content) }),
  );
}

/** What is in an object. It is undefined where that is no JSON or far too large. */
export async function readJson(Bucket: string, Key: string): Promise<unknown> {
  const { Body, ContentLength = 0 } = await s3().send(new GetObjectCommand({ Bucket, Key }));
  if (ContentLength > LARGEST_OBJECT) {
    // Whoever does not read an answer must hang up.
    (Body as { destroy?: () => void } | undefined)?.destroy?.();
    return undefined;
  }
  try {
    return JSON.parse((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same of an object that may not be there. Who may not list the bucket is told that it may not be read. */
export async function readJsonIfThere(bucket: string, key: string): Promise<unknown> {
  try {
    return await readJson(bucket, key);
  } catch (error) {
    if (/^(NoSuchKey|AccessDenied)/.test((error as Error).name)) return undefined;
    throw error;
  }
}
