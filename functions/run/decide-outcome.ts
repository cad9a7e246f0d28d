import { ErrorName } from '../../schemas/names.ts';
import type { Check, Outcome } from '../../schemas/run.ts';
import { counted, inBrief, judged, namesOf } from '../report/judged-checks.ts';

/** What the end of a run is decided from. */
export interface Evidence {
  readonly joined: boolean;
  readonly dryRun: boolean;
  readonly acted: boolean;
  readonly hasPlan: boolean;
  readonly undone: boolean;
  readonly checks: readonly Check[];
  /** Whether the verify steps were reached, and all of them say that what they looked at is good. */
  readonly verified: boolean;
  readonly failure?: { readonly name: string; readonly message: string };
  /** Runs of other runbooks that this one has started. */
  readonly startedOthers?: boolean;
  /** What kept that from being undone which had been done. */
  readonly undoFailure?: { readonly name: string; readonly message: string };
  /** What failed of that which comes last, however the rest has ended. */
  readonly afterwardsFailure?: { readonly name: string; readonly message: string };
}

export interface Decision {
  readonly outcome: Outcome;
  /** Error name for the state machine; empty when the run succeeded. */
  readonly error: string;
  /** A sentence for the operator. */
  readonly cause: string;
}

/**
 * Decides how a run ended. Nothing counts as verified that was not checked after the act, and nothing as a success that
 * left something undone afterwards.
 */
export function decideOutcome(evidence: Evidence): Decision {
  const decision = decideWithUndo(evidence);
  const { afterwardsFailure, acted } = evidence;
  if (!afterwardsFailure) return decision;
  const then = `step that comes afterwards failed: ${afterwardsFailure.message}`;
  if (decision.error !== '') return { ...decision, cause: `${decision.cause} Then a ${then}` };
  return {
    outcome: 'failed',
    error: afterwardsFailure.name,
    cause: `${acted ? 'Done and verified' : 'It is as it must be'}, but a ${then}`,
  };
}

/** What was not undone to its end was not undone. */
function decideWithUndo(evidence: Evidence): Decision {
  const { undoFailure } = evidence;
  const decision = decideWithoutAfterwards(undoFailure ? { ...evidence, undone: false } : evidence);
  if (!undoFailure) return decision;
  return {
    outcome: 'failed',
    error: decision.error || undoFailure.name,
    cause: `${decision.cause} Going back did not succeed either: ${undoFailure.message}`,
  };
}

function decideWithoutAfterwards(evidence: Evidence): Decision {
  const { failure, acted } = evidence;
  if (failure) {
    // Undo steps that found nothing to undo have run as well.
    if (evidence.undone && acted) return { outcome: 'undone', error: failure.name, cause: failure.message };
    const refused =
      !acted &&
      (failure.name === ErrorName.Refused ||
        failure.name === ErrorName.InvalidInput ||
        failure.name === ErrorName.PreconditionFailed);
    return { outcome: refused ? 'refused' : 'failed', error: failure.name, cause: failure.message };
  }
  if (evidence.joined)
    return { outcome: 'joined', error: '', cause: 'Joined the run that is already at work.' };
  if (evidence.dryRun) {
    return evidence.hasPlan
      ? { outcome: 'planned', error: '', cause: 'The plan is ready; nothing was changed.' }
      : {
          outcome: 'failed',
          error: ErrorName.NeedsHuman,
          cause: 'The run ended without a plan; nothing was changed.',
        };
  }
  const bad = evidence.checks.filter(({ passed }) => !passed);
  if (evidence.verified && evidence.checks.length > 0 && bad.length === 0)
    return {
      outcome: 'verified',
      error: '',
      cause: acted ? 'Done, and verified by fresh evidence.' : allPassed(evidence.checks),
    };
  const what = whatIsBad(evidence.checks);
  if (!acted)
    return {
      outcome: 'failed',
      error: ErrorName.VerificationFailed,
      cause: `It is not as it must be: ${what}. ${unchanged(evidence)}`,
    };
  return {
    outcome: evidence.undone ? 'undone' : 'failed',
    error: ErrorName.VerificationFailed,
    cause: `The change was made, and it is not good: ${what}. Nightshift does not try again; a person is needed.`,
  };
}

/** What it means for what was looked at that a run has only looked. */
export const unchanged = ({ startedOthers = false }: Pick<Evidence, 'startedOthers'>): string =>
  startedOthers
    ? 'This run itself changed nothing; what it started tells for itself.'
    : 'Nothing was changed.';

/** A warning lets pass; it is not nothing, and not always a pass. */
function allPassed(checks: readonly Check[]): string {
  const { warn } = judged(checks);
  const all = checks.length === 1 ? 'The one check' : `All ${checks.length} checks`;
  return warn.length === 0
    ? `${all} passed.`
    : `${all} let pass, with ${counted(warn.length, 'warning')} (${namesOf(warn)}).`;
}

function whatIsBad(checks: readonly Check[]): string {
  if (checks.length === 0) return 'nothing was checked';
  return inBrief(checks) || 'not all that was looked at passed';
}

/** Whether somebody must wake up for it. */
export function needsPage(
  decision: Decision,
  run: {
    readonly quiet: boolean;
    readonly triggerKind: string;
    readonly dryRun: boolean;
    readonly acted: boolean;
  },
): boolean {
  if (decision.outcome === 'verified' || decision.outcome === 'joined' || run.quiet) return false;
  // A plan that an alarm asked for waits for somebody: the switch is off.
  if (decision.outcome === 'planned' || run.dryRun) return run.triggerKind === 'alarm';
  // Whoever typed the input sees the answer; once something was changed, more than one should know.
  return run.acted || run.triggerKind !== 'person';
}
