import type { Plan } from '../../schemas/run.ts';
import type { RestoreDecision } from './decide-restore.ts';

const CARRIED_OVER = 'What a restore would leave at its default, and is carried over:';

/** What the report of a restore says when all went well, and what is left to do. */
export function restoreWords(
  database: string,
  declared: string,
  { swaps, undoes, names }: Pick<RestoreDecision, 'swaps' | 'undoes' | 'names'>,
): NonNullable<Plan['words']> {
  const changes = CARRIED_OVER;
  if (undoes)
    return {
      verified: `The swap of ${database} was undone: the original has its name again`,
      next: `Nothing tonight. ${names.restored.identifier} is kept beside; delete it when nobody needs it.`,
      changes,
    };
  if (swaps)
    return {
      verified: `${database} was restored, proved, and has taken the place of the original`,
      next: `Nothing tonight. ${originalKept(names.aside)}`,
      changes,
    };
  return {
    verified: `${database} was restored beside ${declared}, and proved`,
    next: `Take what you need from ${names.restored.identifier}, for example with pg_dump, and delete it afterwards: nothing else will.`,
    changes,
  };
}

/** The same of the recovery from a migration. */
export function recoveryWords(database: string, aside: string | null): NonNullable<Plan['words']> {
  const release =
    'The release that brought the migration is still registered: mend it before it goes out again.';
  return aside === null
    ? {
        verified: `The migration of ${database} was taken back, and its services run again`,
        next: `Nothing tonight. ${release}`,
        changes: '',
      }
    : {
        verified: `${database} was restored to before the migration, and its services run again`,
        next: `Nothing tonight. ${release} ${originalKept(aside)}`,
        changes: CARRIED_OVER,
      };
}

const originalKept = (aside: string) =>
  `The original is kept as ${aside}, and costs what it did: when nothing is missing any more, take a last snapshot of it and delete it.`;
