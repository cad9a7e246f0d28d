import { z } from 'zod';

/** Hours; a fingerprint that a daily run takes may be missed once. */
const DEFAULT_MAX_AGE = 48;

const text = z.string().min(1, 'must not be empty');
const environment = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be the name of an environment');
/** What differs, as check-parity tells it; `*` stands for anything. */
const Difference = text.regex(
  /^[\w*-]+(\.[\w*-]+)*$/,
  'must be what may differ, such as cpu or environment.DATABASE_*',
);
export const Differences = z.array(Difference).default([]);

/** Environment against environment (P-13). */
export const ParitySchema = z.strictObject({
  /** Environment → report bucket of its deployment, in which its fingerprints lie. An environment is not compared with itself. */
  with: z
    .record(
      environment,
      z.strictObject({
        bucket: text.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
        maxAgeHours: z.number().positive().default(DEFAULT_MAX_AGE),
      }),
    )
    .default({}),
  /** Environment → declared secret with the key of its hashes: the same text in all of them. */
  keys: z.record(environment, text).default({}),
  /** What may differ in any service. */
  differences: Differences,
});
