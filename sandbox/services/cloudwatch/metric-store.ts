import type { MetricDatum } from '../../contract.ts';

/** Statistics of one bucket of data. */
export interface Bucket {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  /** Single values for percentiles; bounded, later values replace at random so that the sample stays fair. */
  values: number[];
}

export interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
}

/** One point of a series: start of its period in milliseconds, and its value. */
export type Series = ReadonlyMap<number, number>;

/** Finest grain kept, in milliseconds: high-resolution alarms look at 10 seconds. */
const GRAIN_MILLISECONDS = 1000;
/** How long data are kept, in milliseconds of sandbox time. */
const KEPT_MILLISECONDS = 63 * 24 * 3_600_000;
const VALUES_PER_BUCKET = 100;

const keyOf = ({ namespace, name, dimensions }: MetricKey) =>
  `${namespace}|${name}|${Object.entries(dimensions)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')}`;

/** Data of all metrics, aggregated per second. */
export class MetricStore {
  readonly #metrics = new Map<string, { key: MetricKey; buckets: Map<number, Bucket> }>();

  put(datum: MetricDatum, at: number): void {
    const metric = this.#metrics.get(keyOf(datum)) ?? {
      key: { namespace: datum.namespace, name: datum.name, dimensions: datum.dimensions },
      buckets: new Map<number, Bucket>(),
    };
    this.#metrics.set(keyOf(datum), metric);
    const start = Math.floor(at / GRAIN_MILLISECONDS) * GRAIN_MILLISECONDS;
    const bucket = metric.buckets.get(start);
    if (!bucket) {
      metric.buckets.set(start, {
        sum: datum.value,
        count: 1,
        minimum: datum.value,
        maximum: datum.value,
        values: [datum.value],
      });
      const [oldest] = metric.buckets.keys();
      if (oldest !== undefined && oldest < at - KEPT_MILLISECONDS) metric.buckets.delete(oldest);
      return;
    }
    bucket.sum += datum.value;
    bucket.count += 1;
    bucket.minimum = Math.min(bucket.minimum, datum.value);
    bucket.maximum = Math.max(bucket.maximum, datum.value);
    if (bucket.values.length < VALUES_PER_BUCKET) bucket.values.push(datum.value);
    else bucket.values[Math.floor(Math.random() * VALUES_PER_BUCKET)] = datum.value;
  }

  list(): MetricKey[] {
    return [...this.#metrics.values()].map(({ key }) => key);
  }

  /** Points of a metric for the periods that begin in `[from, to)`; `stat` is `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or `pNN`. */
  series(key: MetricKey, from: number, to: number, periodSeconds: number, stat: string): Series {
    const period = periodSeconds * 1000;
    const merged = new Map<number, Bucket>();
    for (const [at, bucket] of this.#metrics.get(keyOf(key))?.buckets ?? []) {
      const start = Math.floor(at / period) * period;
      if (start < from || start >= to) continue;
      const into = merged.get(start);
      if (!into) merged.set(start, { ...bucket, values: [...bucket.values] });
      else {
        into.sum += bucket.sum;
        into.count += bucket.count;
        into.minimum = Math.min(into.minimum, bucket.minimum);
        into.maximum = Math.max(into.maximum, bucket.maximum);
        into.values.push(...bucket.values);
      }
    }
    return new Map(
      [...merged]
        .sort(([left], [right]) => left - right)
        .map(([start, bucket]) => [start, statistic(bucket, stat)]),
    );
  }
}

function statistic(bucket: Bucket, stat: string): number {
  switch (stat) {
    case 'Sum':
      return bucket.sum;
    case 'Average':
      return bucket.sum / bucket.count;
    case 'Minimum':
      return bucket.minimum;
    case 'Maximum':
      return bucket.maximum;
    case 'SampleCount':
      return bucket.count;
    default: {
      const percentile = /^p(\d+(?:\.\d+)?)$/.exec(stat);
      if (!percentile) throw new RangeError(`The sandbox does not know the statistic '${stat}'.`);
      const sorted = bucket.values.toSorted((left, right) => left - right);
      const rank = Math.ceil((Number(percentile[1]) / 100) * sorted.length);
      return sorted[Math.max(0, rank - 1)] as number;
    }
  }
}
