import { Tag } from '../../schemas/names.ts';
import { NeedsHuman } from '../errors.ts';
import type { InspectedInstance, UnfinishedSwap } from './state.ts';

/** What Nightshift restored to take the original's place; the original has no such mark. */
const RESTORED = 'restore';

/**
 * The swap of a database that a run left half-way, by the tags of both its instances: names change on the way. Undefined where
 * none is. The mark may be missing on one of the two when the run died while it set or removed marks; then both renames are still
 * to come, or done.
 *
 * @param instances all of the region
 * @throws NeedsHuman where the tags tell no single story: several swaps, or nobody has the declared name and its other half is gone
 */
export function findUnfinishedSwap(
  instances: readonly InspectedInstance[],
  target: { readonly name: string; readonly instance: string },
): UnfinishedSwap | undefined {
  const declared = target.instance.toLowerCase();
  const runs = new Set(
    instances
      .filter(({ tags, identifier }) => tags[Tag.database] === target.name || identifier === declared)
      .flatMap(({ tags }) => tags[Tag.swap] ?? []),
  );
  const found = [...runs].map((run) => {
    const marked = instances.filter(({ tags }) => tags[Tag.swap] === run);
    const isRestored = ({ tags }: InspectedInstance) => tags[Tag.purpose] === RESTORED;
    return {
      run,
      marked,
      restored: marked.filter(isRestored),
      originals: marked.filter((instance) => !isRestored(instance)),
    };
  });
  const swaps = found.flatMap(({ run, originals, restored }): UnfinishedSwap[] => {
    const [original, ...otherOriginals] = originals;
    const [replacement, ...otherRestored] = restored;
    if (!original || !replacement || otherOriginals.length + otherRestored.length > 0) return [];
    return [{ run, original, restored: replacement }];
  });
  const unclear = found.filter(({ run }) => !swaps.some((swap) => swap.run === run));
  const nameIsFree = !instances.some(({ identifier }) => identifier === declared);
  const ambiguous = unclear.some(({ marked }) => marked.length > 1);
  if (swaps.length > 1 || ambiguous || (nameIsFree && swaps.length === 0 && unclear.length > 0)) {
    const marked = found.flatMap((one) => one.marked.map(({ identifier }) => `${identifier} (${one.run})`));
    throw new NeedsHuman(
      `The marks of swaps on the instances of ${target.name} do not tell which one was to take the name "${declared}": ${marked.join(', ')}. Nothing was changed. See which of them holds the right data, give it that name, and remove the tag ${Tag.swap} from all of them.`,
      { marked },
    );
  }
  return swaps[0];
}
