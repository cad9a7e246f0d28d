import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Fingerprint } from '../../schemas/parity.ts';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { type FoundFingerprint, parseFingerprint } from './parse-fingerprint.ts';

const s3 = client(S3Client);

/** A task definition has 64 KiB at most, and so has what is told of it. Bytes. */
const LARGEST_FINGERPRINT = 262_144;

/** Where a fingerprint lies in the report bucket of its deployment; `name` is that by which the service is known in all environments. */
export const fingerprintKey = (name: string): string => `parity/${name}.json`;

/** Stores a fingerprint in the place of the last one. */
export async function storeFingerprint(name: string, fingerprint: Fingerprint): Promise<string> {
  const Key = fingerprintKey(name);
  await s3().send(
    new PutObjectCommand({
      Bucket: environment('reportBucket'),
      Key,
      ContentType: 'application/json',
      Body: JSON.stringify(fingerprint, null, 2),
    }),
  );
  return Key;
}

/** Reads the fingerprint of a service from a deployment's report bucket. What is not there is an answer. */
export async function readFingerprint(bucket: string, name: string): Promise<FoundFingerprint> {
  const Key = fingerprintKey(name);
  const place = `s3://${bucket}/${Key}`;
  try {
    const { Body, ContentLength = 0 } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key }));
    if (ContentLength > LARGEST_FINGERPRINT) return { why: `${place} is too large to be a fingerprint` };
    return parseFingerprint((await Body?.transformToString()) ?? '', place);
  } catch (error) {
    const { name: kind } = error as Error;
    if (kind === 'NoSuchKey')
      return { why: `${place} is not there: has check-parity run in that environment?` };
    if (kind === 'NoSuchBucket') return { why: `there is no bucket ${bucket}` };
    if (/^AccessDenied/.test(kind))
      return {
        why: `${place} may not be read, or is not there: does its bucket's policy let this account in?`,
      };
    throw error;
  }
}
