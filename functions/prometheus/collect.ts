import { hash } from 'node:crypto';
import type { MetricSelector } from '../../schemas/health/metric-assertion.ts';
import { nameOf, parseSample, parseValue, type Sample } from './parse-sample.ts';
import { matchesLabels } from './selector.ts';
import { splitLines } from './split-lines.ts';

/** So many series of one selector are kept apart for their increase; some ten megabytes. More have to be selected more narrowly. */
export const MOST_SERIES = 50_000;
/** Buckets with different bounds; histograms have dozens. */
const MOST_BOUNDS = 1000;

/** What is to be collected. */
export interface Wanted {
  readonly selector: MetricSelector;
  /** Keep each series' value, to see by how much it has grown later. */
  readonly series: boolean;
}

/** One counter, or one bucket of a histogram. */
export interface Series {
  readonly value: number;
  /** Upper bound of the bucket (`le`). */
  readonly bound: number | undefined;
}

/** What was found for one selector. */
export interface Selection {
  readonly count: number;
  readonly sum: number;
  /** Sums by upper bound, of series that have one. */
  readonly buckets: ReadonlyMap<number, number>;
  /** By a digest of name and labels; empty where not wanted. */
  readonly series: ReadonlyMap<string, Series>;
  /** Why nothing can be said by this, though samples were found. */
  readonly spoilt: string | undefined;
}

/** A whole text of metrics, as far as it was asked for. */
export interface Collected {
  readonly samples: number;
  /** Lines that are neither a sample nor a comment. */
  readonly broken: number;
  /** The end that OpenMetrics writes was there. */
  readonly ended: boolean;
  readonly selections: ReadonlyMap<string, Selection>;
}

/** Under which a selection is found again. */
export function keyOf(selector: MetricSelector): string {
  return JSON.stringify([selector.name, Object.entries(selector.labels ?? {}).toSorted()]);
}

/** Reads a text of metrics in pieces. What it keeps depends on what is wanted, and not on how long the text is. */
export function createCollector(wanted: readonly Wanted[]): {
  write(chunk: Buffer): void;
  end(): Collected;
} {
  const selections = new Map<string, Gathering>();
  for (const { selector, series } of wanted) {
    const key = keyOf(selector);
    const keep = series || (selections.get(key)?.keep ?? false);
    selections.set(key, new Gathering(selector, keep));
  }
  const byName = Map.groupBy(selections.values(), ({ selector }) => selector.name);
  let samples = 0;
  let broken = 0;
  let ended = false;
  const spoil = (beginning: string) => {
    broken += 1;
    for (const selection of byName.get(nameOf(beginning) ?? '') ?? [])
      selection.spoil('a line of it is broken');
  };
  const lines = splitLines({
    line(text) {
      if (text.trimStart() === '') return;
      if (text.trimStart().startsWith('#')) {
        if (text.trimEnd() === '# EOF') ended = true;
        return;
      }
      const sample = ended ? undefined : parseSample(text);
      if (sample === undefined) return spoil(text);
      samples += 1;
      for (const selection of byName.get(sample.name) ?? []) selection.add(sample);
    },
    broken(beginning) {
      if (beginning.trimEnd() === '# EOF') ended = true;
      else spoil(beginning);
    },
  });
  return {
    write: lines.write,
    end() {
      lines.end();
      return { samples, broken, ended, selections };
    },
  };
}

class Gathering implements Selection {
  count = 0;
  sum = 0;
  readonly buckets = new Map<number, number>();
  readonly series = new Map<string, Series>();
  spoilt: string | undefined;
  readonly selector: MetricSelector;
  readonly keep: boolean;

  constructor(selector: MetricSelector, keep: boolean) {
    this.selector = selector;
    this.keep = keep;
  }

  add({ name, labels, value }: Sample): void {
    if (!matchesLabels(labels, this.selector.labels)) return;
    this.count += 1;
    this.sum += value;
    const le = labels.get('le');
    const bound = le === undefined ? undefined : parseValue(le);
    if (bound !== undefined) {
      this.buckets.set(bound, (this.buckets.get(bound) ?? 0) + value);
      if (this.buckets.size > MOST_BOUNDS) {
        this.buckets.clear();
        this.spoil(`it has more than ${MOST_BOUNDS} different buckets`);
      }
    }
    if (!this.keep || this.series.size > MOST_SERIES) return;
    // A digest is short and keeps none of the text alive.
    this.series.set(hash('sha1', JSON.stringify([name, [...labels].toSorted()]), 'base64'), { value, bound });
    if (this.series.size > MOST_SERIES) this.spoil(`it has more than ${MOST_SERIES} series`);
  }

  spoil(why: string): void {
    this.spoilt ??= why;
  }
}
