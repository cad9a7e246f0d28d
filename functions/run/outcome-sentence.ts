import { ErrorName } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { tally } from '../report/judged-checks.ts';
import { type Decision, type Evidence, unchanged } from './decide-outcome.ts';

/** How a run ended. Of one that only looked the checks have told already what was found. */
export function outcomeSentence(
  { outcome, error, cause }: Decision,
  evidence: Evidence,
  { verdict }: Pick<RunRecord, 'verdict'>,
): string {
  const looked = !evidence.acted && (outcome === 'verified' || error === ErrorName.VerificationFailed);
  const found = verdict?.title ?? (outcome === 'failed' ? tally(evidence.checks) : '');
  const words =
    !looked || found === ''
      ? cause
      : outcome === 'verified'
        ? `${found}.`
        : `${found}. ${unchanged(evidence)}`;
  return `${outcome[0]?.toUpperCase()}${outcome.slice(1)}: ${words}`;
}
