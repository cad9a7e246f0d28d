import * as z from 'zod/mini';
import { Fingerprint } from '../../schemas/parity.ts';

/** A fingerprint, or why there is none that can be used. */
export type FoundFingerprint = { readonly fingerprint: Fingerprint } | { readonly why: string };

/** Reads the text of a fingerprint. */
export function parseFingerprint(text: string, place: string): FoundFingerprint {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { why: `${place} is not JSON` };
  }
  const fingerprint = z.safeParse(Fingerprint, parsed);
  return fingerprint.success
    ? { fingerprint: fingerprint.data }
    : { why: `${place} is not a fingerprint that this version reads` };
}
