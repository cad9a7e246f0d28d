import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import type { ListedInstance } from './list-instances.ts';
import { describe, partners, type Swap } from './swap-position.ts';

/** Tags to change on one instance. */
export interface Retagging {
  readonly instance: ListedInstance;
  readonly remove: readonly string[];
  readonly add: Readonly<Record<string, string>>;
}

export type HandOver =
  | { readonly handed: ListedInstance; readonly retaggings: readonly Retagging[] }
  | { readonly handed: undefined /** A sentence. */; readonly why: string };

/**
 * What would make Nightshift delete the instance, take its snapshots for its own (they inherit tags), or take it for the restored half
 * of a later swap. Which run made it, and of which database it is, stay.
 */
const MARKS = [OWNER_TAG, Tag.expiresAt, Tag.swap, Tag.purpose];

/** Decides which tags change when a restore is complete: beside, swapped in, or with a swap undone. */
export function decideHandOver(
  instances: readonly ListedInstance[],
  swap: Swap,
  { swaps, undoes }: { readonly swaps: boolean; readonly undoes: boolean },
): HandOver {
  const { original, restored } = partners(instances, swap);
  const handed = undoes ? original : restored;
  const wanted = swaps || undoes ? swap.declared : swap.restored.identifier;
  if (handed === undefined)
    return { handed, why: `The ${undoes ? 'original' : 'restored'} instance is not there any more.` };
  if (handed.identifier !== wanted)
    return {
      handed: undefined,
      why: `The ${undoes ? 'original' : 'restored'} instance is ${describe(handed)}, and should be called ${wanted}.`,
    };
  const wishes: Array<{
    instance: ListedInstance | undefined;
    remove: readonly string[];
    add: Record<string, string>;
  }> = undoes
    ? [
        { instance: original, remove: [Tag.swap], add: {} },
        // It stays Nightshift's, to be deleted when its time is over.
        { instance: restored, remove: [Tag.swap], add: {} },
      ]
    : [
        ...(swaps ? [{ instance: original, remove: [Tag.swap], add: { [Tag.replacedBy]: swap.run } }] : []),
        { instance: restored, remove: MARKS, add: {} },
      ];
  const retaggings = wishes.flatMap(({ instance, remove, add }): Retagging[] => {
    if (instance === undefined) return [];
    const { tags } = instance;
    const gone = remove.filter((key) => tags[key] !== undefined);
    const missing = Object.fromEntries(Object.entries(add).filter(([key, value]) => tags[key] !== value));
    return gone.length + Object.keys(missing).length === 0 ? [] : [{ instance, remove: gone, add: missing }];
  });
  return { handed, retaggings };
}
