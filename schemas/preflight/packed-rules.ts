import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import { PreflightRules } from './rules.ts';

/** Up to so many characters of JSON rules stay readable in the console: with what stands beside them they fit into a standard parameter. */
const LONGEST_READABLE = 3000;
/** More than this is not unpacked: no rules that fit into a parameter are so long, and memory is limited. Bytes. */
const LONGEST_UNPACKED = 1_048_576;

/** Rules as they are kept in a parameter, which has 8 KB at most: as they are, or compressed where they are long. */
export const PackedRules = z.union([PreflightRules, z.string()]);
export type PackedRules = z.infer<typeof PackedRules>;

/** Without a header, which would tell the operating system that made it. */
export function packRules(rules: PreflightRules): PackedRules {
  const text = JSON.stringify(rules);
  return text.length <= LONGEST_READABLE ? rules : deflateRawSync(text, { level: 9 }).toString('base64');
}

/** @throws Error where the text was not made by {@link packRules} */
export function unpackRules(packed: PackedRules): PreflightRules {
  if (typeof packed !== 'string') return packed;
  const text = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: LONGEST_UNPACKED });
  return z.parse(PreflightRules, JSON.parse(text.toString('utf8')));
}
