import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../schemas/run.ts';

/** What the first entry has in place of a previous hash. */
export const CHAIN_START = '0'.repeat(64);

/** JSON with sorted keys: the same content always gives the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** An entry's hash covers everything in it, the previous entry's hash included. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  return sha256(canonicalJson(entry));
}

/** Sequence number of the first entry that breaks the chain, or undefined when it is whole. */
export function brokenLink(entries: readonly AuditEntry[]): number | undefined {
  let previousHash = CHAIN_START;
  for (const [index, entry] of entries.entries()) {
    const { hash, ...rest } = entry;
    if (entry.sequence !== index + 1 || entry.previousHash !== previousHash || hashEntry(rest) !== hash)
      return index + 1;
    previousHash = hash;
  }
  return undefined;
}
