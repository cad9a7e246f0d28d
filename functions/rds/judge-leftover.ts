import { OWNER_TAG, Tag } from '../../schemas/names.ts';

/** What is known of an instance that could be a leftover. */
export interface Leftover {
  readonly tags: Readonly<Record<string, string>>;
  /** RDS's own word. */
  readonly status: string;
}

/** Why an instance stays, or that it goes. */
export type LeftoverVerdict =
  | { readonly remove: true; readonly run: string }
  | { readonly remove: false; readonly why: string };

const PURPOSES: ReadonlySet<string> = new Set(['restore', 'drill']);

/**
 * Decides by its tags whether an instance was left behind by a dead run. Only what this deployment made, for a restore or a drill, and
 * only after the time that it was given; never one that takes part in a swap.
 */
export function judgeLeftover({ tags, status }: Leftover, deployment: string, now: Date): LeftoverVerdict {
  const stays = (why: string): LeftoverVerdict => ({ remove: false, why });
  if (tags[OWNER_TAG] !== deployment) return stays('it is not of this deployment');
  if (!PURPOSES.has(tags[Tag.purpose] ?? '')) return stays('it was not made for a restore or a drill');
  if (tags[Tag.swap] !== undefined) return stays(`it takes part in the swap of ${tags[Tag.swap]}`);
  const run = tags[Tag.run];
  if (run === undefined) return stays('it does not say which run made it');
  const expiresAt = Date.parse(tags[Tag.expiresAt] ?? '');
  if (Number.isNaN(expiresAt)) return stays('it has no time to go');
  if (expiresAt > now.getTime()) return stays(`it may stay until ${tags[Tag.expiresAt]}`);
  if (status === 'deleting') return stays('it is being deleted');
  return { remove: true, run };
}
