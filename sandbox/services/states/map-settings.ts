import type { BatchLimits } from './batch-items.ts';
import type { FailureTolerance } from './failure-tolerance.ts';
import { followPath, type TemplateSources } from './payload-template.ts';
import { StateError } from './state-error.ts';
import { LARGEST_STATE_BYTES } from './state-size.ts';

// biome-ignore lint/suspicious/noExplicitAny: the fields of a state are JSON, validated before they are read.
type Any = any;

export interface MapSettings {
  /** As configured; 0 when it is not. */
  readonly maxConcurrency: number;
  readonly tolerance: FailureTolerance;
  /** How many items are taken from the item reader; all when absent. */
  readonly maxItems?: number;
  readonly batches: BatchLimits;
}

/**
 * The numbers of a distributed Map state, some of which may come from its input.
 *
 * @throws StateError where a path does not lead to such a number
 */
export async function readMapSettings(fields: Any, sources: TemplateSources): Promise<MapSettings> {
  const number = async (from: Any, name: string, least: number, most = Infinity) => {
    const path = from?.[`${name}Path`];
    if (path === undefined) return from?.[name] as number | undefined;
    const value = await followPath(path, sources);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new StateError(
        'States.Runtime',
        `The value of ${name}Path '${path}' must be an integer from ${least} to ${most}; it is ${JSON.stringify(value)}.`,
      );
    return value as number;
  };
  const { ItemBatcher, ItemReader } = fields;
  const count = await number(fields, 'ToleratedFailureCount', 0);
  const percentage = await number(fields, 'ToleratedFailurePercentage', 0, 100);
  const maxItems = await number(ItemReader?.ReaderConfig, 'MaxItems', 0);
  const items = await number(ItemBatcher, 'MaxItemsPerBatch', 1);
  const bytes = await number(ItemBatcher, 'MaxInputBytesPerBatch', 1, LARGEST_STATE_BYTES);
  return {
    maxConcurrency: (await number(fields, 'MaxConcurrency', 0)) ?? 0,
    tolerance: {
      ...(count === undefined ? {} : { count }),
      ...(percentage === undefined ? {} : { percentage }),
    },
    ...(maxItems ? { maxItems } : {}),
    batches: { ...(items === undefined ? {} : { items }), bytes: bytes ?? LARGEST_STATE_BYTES },
  };
}
