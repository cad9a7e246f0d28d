import { ErrorName } from '../schemas/names.ts';

/**
 * An error that a runbook knows how to treat. The message is for the operator: what was wrong, what was and was not
 * changed, what to do next. `facts` go to the audit log; neither holds secrets or rows.
 */
export abstract class RunbookError extends Error {
  abstract override readonly name: ErrorName;
  readonly facts: Readonly<Record<string, unknown>>;
  constructor(message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.facts = facts;
  }
}

/** What was typed or configured is wrong; nothing was changed; trying again will not help. */
export class InvalidInput extends RunbookError {
  override readonly name = ErrorName.InvalidInput;
}

/** The world was briefly not there; the state machine tries again. */
export class Transient extends RunbookError {
  override readonly name = ErrorName.Transient;
}

/** A guard said no; nothing was changed. */
export class Refused extends RunbookError {
  override readonly name = ErrorName.Refused;
}

/** The world is not as the plan needs it; nothing was changed. */
export class PreconditionFailed extends RunbookError {
  override readonly name = ErrorName.PreconditionFailed;
}

/** Something was changed and it is not good. */
export class VerificationFailed extends RunbookError {
  override readonly name = ErrorName.VerificationFailed;
}

/** Nightshift cannot decide this alone. */
export class NeedsHuman extends RunbookError {
  override readonly name = ErrorName.NeedsHuman;
}
