// biome-ignore lint/suspicious/noExplicitAny: items are JSON.
type Any = any;

export interface BatchLimits {
  readonly items?: number;
  /** Of the child execution's whole input. */
  readonly bytes: number;
}

export interface Batch {
  /** JSON text: the input of the child execution. */
  readonly input: string;
  readonly items: number;
}

const sizeOf = (text: string) => Buffer.byteLength(text);

/**
 * Groups items, in their order, so that each group with what surrounds it is small enough. An item that is too large alone is
 * a group of its own.
 *
 * @param common given to each child execution as `BatchInput`; undefined for none
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
 */
export function batchItems(items: readonly Any[], limits: BatchLimits, common: Any): Batch[] {
  const frame = (Items: readonly Any[]) =>
    JSON.stringify(common === undefined ? { Items } : { BatchInput: common, Items });
  const surrounding = sizeOf(frame([]));
  const groups: Any[][] = [];
  let bytes = 0;
  for (const item of items) {
    const more = sizeOf(JSON.stringify(item)) + 1;
    const group = groups.at(-1);
    // Each item but the first has a comma before it.
    if (group && group.length < (limits.items ?? Infinity) && bytes + more <= limits.bytes) {
      group.push(item);
      bytes += more;
    } else {
      groups.push([item]);
      bytes = surrounding + more - 1;
    }
  }
  return groups.map((group) => ({ input: frame(group), items: group.length }));
}
