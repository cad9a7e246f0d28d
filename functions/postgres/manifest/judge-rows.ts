import type { Bucket } from './manifest.ts';
import type { Measured } from './read-table.ts';

/** A bucket whose rows are not those of the manifest. */
export interface SuspectBucket {
  readonly bucket: number;
  /** Rows in the manifest. */
  readonly expected: number;
  /** Rows of them that are there now, as they were or replaced by a newer version. */
  readonly found: number;
  /**
   * `missing`: fewer rows than there were, newer versions included. `different`: as many, but other keys or contents.
   * `unexpected`: more rows that should have been there than the manifest knows.
   */
  readonly why: 'missing' | 'different' | 'unexpected';
}

/** What became of a table's rows. */
export interface RowsVerdict {
  readonly verdict: 'identical' | 'newer' | 'different';
  /** Row versions written after the manifest: inserted, or in place of others. */
  readonly newer: number;
  /** How many rows of the manifest have a newer version in their place. */
  readonly replaced: number;
  /** Rows missing or different, at least. */
  readonly damaged: number;
  /**
   * Rows of the manifest about which nothing is proven, because others in their bucket were replaced: the digest of a bucket
   * says nothing about a part of it.
   */
  readonly unproven: number;
  readonly suspects: readonly SuspectBucket[];
}

/** Sums of buckets; null where one of them is not known. */
interface Sum {
  readonly count: number;
  readonly keys: bigint | null;
  readonly rows: bigint | null;
}

const NOTHING: Sum = { count: 0, keys: 0n, rows: 0n };

/** Judges a table from the manifest's buckets and from what is there now, by bucket and class. */
export function judgeRows(manifest: readonly Bucket[], current: readonly Measured[]): RowsVerdict {
  const then = new Map(manifest.map((bucket) => [bucket.bucket, bucket]));
  const now = Map.groupBy(current, ({ bucket }) => bucket);
  const buckets = [...new Set([...then.keys(), ...now.keys()])].sort((left, right) => left - right);
  const judged = buckets.map((bucket) => judgeBucket(bucket, then.get(bucket), now.get(bucket) ?? []));
  const total = (of: (judged: JudgedBucket) => number) => judged.reduce((sum, one) => sum + of(one), 0);
  const suspects = judged.flatMap(({ suspect }) => suspect ?? []);
  const newer = total((one) => one.newer);
  return {
    verdict: suspects.length > 0 ? 'different' : newer > 0 ? 'newer' : 'identical',
    newer,
    replaced: total((one) => one.replaced),
    damaged: total((one) => one.damaged),
    unproven: total((one) => one.unproven),
    suspects,
  };
}

interface JudgedBucket {
  readonly newer: number;
  readonly replaced: number;
  readonly damaged: number;
  readonly unproven: number;
  readonly suspect?: SuspectBucket;
}

/**
 * Judges one bucket. Where the old rows are those of the manifest, with or without the undecidable ones (`window`), all is well. Where
 * some of them are gone, newer rows may be their new versions: as many as are gone, and, if there are no more than that, with the
 * same keys. A row with a key beyond the highest of then is nobody's new version.
 */
function judgeBucket(
  bucket: number,
  manifest: Bucket | undefined,
  current: readonly Measured[],
): JudgedBucket {
  const was = manifest === undefined ? NOTHING : numbers(manifest);
  const of = (...classes: Measured['class'][]) =>
    current
      .filter((one) => classes.includes(one.class))
      .reduce((sum, one) => add(sum, numbers(one)), NOTHING);
  const old = of('old');
  const window = of('window');
  const beyond = of('beyond').count;
  const newer = of('newer');
  if (isSame(was, add(old, window)))
    return { newer: newer.count + beyond, replaced: 0, damaged: 0, unproven: 0 };
  const candidates = add(newer, window);
  const written = candidates.count + beyond;
  if (isSame(was, old)) return { newer: written, replaced: 0, damaged: 0, unproven: 0 };

  const suspect = (found: number, why: SuspectBucket['why'], damaged: number, replaced: number) => ({
    newer: written,
    replaced,
    damaged,
    unproven: was.count - damaged - replaced,
    suspect: { bucket, expected: was.count, found, why },
  });
  const gone = was.count - old.count;
  if (gone < 0) return { ...suspect(old.count, 'unexpected', -gone, 0), unproven: was.count };
  if (gone === 0) return suspect(was.count, 'different', 1, 0);
  if (candidates.count < gone)
    return suspect(old.count + candidates.count, 'missing', gone - candidates.count, candidates.count);
  const exact = candidates.count === gone;
  const keys = sum(old.keys, candidates.keys);
  if (exact && was.keys !== null && keys !== null && keys !== was.keys)
    return suspect(was.count, 'different', 1, gone - 1);
  const proven = exact && was.keys !== null ? gone : 0;
  return { newer: written, replaced: gone, damaged: 0, unproven: was.count - proven };
}

function isSame(was: Sum, now: Sum): boolean {
  return (
    was.count === now.count &&
    (was.keys === null || now.keys === null || was.keys === now.keys) &&
    (was.rows === null || now.rows === null || was.rows === now.rows)
  );
}

function numbers({ count, keys, rows }: Bucket): Sum {
  return {
    count,
    keys: keys === null ? null : BigInt(keys),
    rows: rows === null ? null : BigInt(rows),
  };
}

function add(left: Sum, right: Sum): Sum {
  return {
    count: left.count + right.count,
    keys: sum(left.keys, right.keys),
    rows: sum(left.rows, right.rows),
  };
}

function sum(left: bigint | null, right: bigint | null): bigint | null {
  return left === null || right === null ? null : left + right;
}
