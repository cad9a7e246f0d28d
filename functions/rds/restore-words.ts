import type { Plan } from '../../schemas/run.ts';
import type { RestoreDecision } from './decide-restore.ts';

/** What the report of a restore says when all went well, and what is left to do. */
export function restoreWords(
  database: string,
  declared: string,
  { swaps, undoes, names }: Pick<RestoreDecision, 'swaps' | 'undoes' | 'names'>,
): NonNullable<Plan['words']> {
  const changes = 'What a restore would leave at its default, and is carried over:';
  const keepOriginal = `The original is kept as ${names.aside}, and costs what it did: when nothing is missing any more, take a last snapshot of it and delete it.`;
  if (undoes)
    return {
      verified: `The swap of ${database} was undone: the original has its name again`,
      next: `Nothing tonight. ${names.restored.identifier} is kept beside; delete it when nobody needs it.`,
      changes,
    };
  if (swaps)
    return {
      verified: `${database} was restored, proved, and has taken the place of the original`,
      next: `Nothing tonight. ${keepOriginal}`,
      changes,
    };
  return {
    verified: `${database} was restored beside ${declared}, and proved`,
    next: `Take what you need from ${names.restored.identifier}, for example with pg_dump, and delete it afterwards: nothing else will.`,
    changes,
  };
}
