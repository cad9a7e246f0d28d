import type { StartedRun } from '../../../schemas/daily-health.ts';

/** What each runbook that a daily check may start does, with the name of its target. */
export const STARTED: Readonly<Record<string, (name: string) => string>> = {
  'roll-back-service': (name) => `A roll-back of ${name}`,
  'validate-database': (name) => `A validation of ${name}`,
  'recover-migration': (name) => `A recovery of the migration of ${name}`,
};

/** What they find, a person has to mend. */
export const ONLY_LOOK: ReadonlySet<string> = new Set(['validate-database']);

/** `A roll-back of api`: a run that was started, as the beginning of a sentence. */
export const startedWords = ({ runbook }: Pick<StartedRun, 'runbook'>, name: string): string =>
  STARTED[runbook]?.(name) ?? `The runbook ${runbook} for ${name}`;
