import * as z from 'zod/mini';
import { Tag } from '../../schemas/names.ts';
import type { ListedInstance } from './list-instances.ts';

/**
 * A swap gives the declared name of a database to another instance, in two renames: the original goes aside, then the
 * restored one takes its name. Between them nobody has the name. Here is decided, from what RDS lists alone, where a swap
 * stands and which rename is next; whoever asks again after a crash gets the answer that leads on from there.
 */

/** The names of a swap as the plan has them. */
export const SwapNames = z.object({
  original: z.object({ identifier: z.string(), resourceId: z.string() }),
  /** `identifier`: its name beside the original. The resource id is not known before it is restored. */
  restored: z.object({ identifier: z.string(), resourceId: z.nullable(z.string()) }),
  /** Name of the original once it is swapped out. */
  aside: z.string(),
});
export type SwapNames = z.infer<typeof SwapNames>;

/** A swap: its names, that which both instances want, and the run whose restored instance is meant. */
export interface Swap extends SwapNames {
  readonly declared: string;
  readonly run: string;
}

export const Which = z.enum(['original', 'restored']);
export type Which = z.infer<typeof Which>;
export const Name = z.enum(['declared', 'aside', 'beside']);
export type Name = z.infer<typeof Name>;

/** Under which name a rename is kept in the action record of its run. */
export const renameRecord = (which: Which, name: Name): string => `rename-${which}-${name}`;

/** The records of those that take a swap back. */
export const RENAMES_BACK = [renameRecord('restored', 'beside'), renameRecord('original', 'declared')];

/** The identifier that a name stands for. */
export function identifierOf(swap: Swap, name: Name): string {
  return { declared: swap.declared, aside: swap.aside, beside: swap.restored.identifier }[name];
}

/**
 * The two instances of a swap, whatever their names are now. Names say nothing about who an instance is: the original is
 * known by its resource id, and so is the restored one where the plan has it; else by the tag that its restore gave it, and
 * by its name at last. It is never the original.
 */
export function partners(
  instances: readonly ListedInstance[],
  swap: Swap,
): Readonly<Record<Which, ListedInstance | undefined>> {
  const { original, restored, run } = swap;
  const others = instances.filter(({ resourceId }) => resourceId !== original.resourceId);
  return {
    original: instances.find(({ resourceId }) => resourceId === original.resourceId),
    restored:
      restored.resourceId === null
        ? (others.find(({ tags }) => tags[Tag.run] === run) ??
          others.find(({ identifier }) => identifier === restored.identifier))
        : others.find(({ resourceId }) => resourceId === restored.resourceId),
  };
}

export type Position =
  /** The original has the declared name. */
  | 'before'
  /** The original is getting the name aside, or its old one back. */
  | 'original-renaming'
  /** The original is aside and the restored one beside: nobody answers under the declared name. */
  | 'nobody-has-the-name'
  /** The restored one is getting the declared name, or its old one back. */
  | 'restored-renaming'
  /** The restored instance has the declared name. */
  | 'swapped'
  /** Somebody else has been here. */
  | 'unexpected';

/** Where a swap stands. */
export function swapPosition(instances: readonly ListedInstance[], swap: Swap): Position {
  const { original, restored } = partners(instances, swap);
  if (original === undefined) return 'unexpected';
  const places = [original, restored].map((one) =>
    one === undefined ? 'absent' : isRenaming(one) ? 'renaming' : placeOf(one, swap),
  );
  return POSITIONS[places.join(' ')] ?? 'unexpected';
}

/** By the places of the original and of the restored instance. */
const POSITIONS: Readonly<Record<string, Position>> = {
  'declared absent': 'before',
  'declared beside': 'before',
  'renaming beside': 'original-renaming',
  'aside beside': 'nobody-has-the-name',
  'aside renaming': 'restored-renaming',
  'aside declared': 'swapped',
};

function placeOf({ identifier }: ListedInstance, swap: Swap): string {
  const names = ['declared', 'aside', 'beside'] as const;
  return names.find((name) => identifierOf(swap, name) === identifier) ?? 'elsewhere';
}

/** Statuses in which an instance can be renamed. Storage is optimized for hours after a restore; nobody waits for that. */
const READY = new Set(['available', 'storage-optimization', 'storage-initialization']);

const isRenaming = ({ status, becomes }: ListedInstance): boolean =>
  becomes !== null || status === 'renaming';

/** What to do so that an instance of a swap gets a name. */
export type Naming =
  | { readonly kind: 'absent' }
  /** It has the name. */
  | { readonly kind: 'named'; readonly instance: ListedInstance }
  /** It has been asked for. */
  | { readonly kind: 'asked'; readonly instance: ListedInstance }
  | { readonly kind: 'rename'; readonly instance: ListedInstance; readonly to: string }
  /** Not now, but perhaps in a moment; `why` is a sentence. */
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/**
 * Decides what is to be done so that one of the two gets a name. An instance leaves the declared name only while the other
 * one exists and can take its place, and takes it only when nobody has it.
 */
export function decideNaming(
  instances: readonly ListedInstance[],
  swap: Swap,
  which: Which,
  name: Name,
): Naming {
  const both = partners(instances, swap);
  const instance = both[which];
  const other = both[which === 'original' ? 'restored' : 'original'];
  const wanted = identifierOf(swap, name);
  if (instance === undefined) return { kind: 'absent' };
  if (instance.becomes === wanted) return { kind: 'asked', instance };
  if (instance.becomes !== null || (instance.status === 'renaming' && instance.identifier !== wanted))
    return { kind: 'later', why: `${describe(instance)} is being renamed` };
  if (instance.identifier === wanted) return { kind: 'named', instance };

  const place = placeOf(instance, swap);
  if (place !== 'declared' && place !== (which === 'original' ? 'aside' : 'beside'))
    return {
      kind: 'refuse',
      why: `the ${which} instance is ${describe(instance)}, a name that this run did not give it: somebody else renamed it`,
    };
  const holder = instances.find(({ identifier }) => identifier === wanted);
  if (holder !== undefined) {
    if (isRenaming(holder) && holder === other)
      return { kind: 'later', why: `${describe(holder)} has not given the name up yet` };
    return { kind: 'refuse', why: `${describe(holder)} has the name ${wanted}` };
  }
  const comer = instances.find(({ becomes }) => becomes === wanted);
  if (comer !== undefined)
    return { kind: 'refuse', why: `${describe(comer)} is about to get the name ${wanted}` };
  if (place === 'declared') {
    if (other === undefined)
      return {
        kind: 'refuse',
        why: `${describe(instance)} would give its name up, and there is no instance to take its place`,
      };
    if (!READY.has(other.status) || isRenaming(other))
      return {
        kind: 'later',
        why: `${describe(instance)} keeps its name until ${describe(other)} is available`,
      };
  }
  return { kind: 'rename', instance, to: wanted };
}

/** An instance in words: its name, and what it is by. */
export function describe({ identifier, resourceId, status, becomes }: ListedInstance): string {
  return `${identifier} (${resourceId}, ${status}${becomes === null ? '' : `, becomes ${becomes}`})`;
}

/** Who has which name, in words. */
export function describeSwap(instances: readonly ListedInstance[], swap: Swap): string {
  const { original, restored } = partners(instances, swap);
  const holder = instances.find(({ identifier }) => identifier === swap.declared);
  return [
    `original: ${original === undefined ? `none with the id ${swap.original.resourceId}` : describe(original)}`,
    `restored: ${restored === undefined ? 'none' : describe(restored)}`,
    `the name ${swap.declared} belongs to ${holder === undefined ? 'nobody' : holder.resourceId}`,
  ].join('; ');
}
