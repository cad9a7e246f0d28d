import type { Check } from '../../../schemas/run.ts';
import type { RotationKind, SecretOf } from '../../../schemas/secret.ts';

/** What every operation of a keeper is given. */
export interface Keeping<Kind extends RotationKind> {
  readonly secret: SecretOf<Kind>;
  /** Aborts when the deadline is near. */
  readonly signal: AbortSignal;
  /**
   * For `set` and `putBack` of a value that is changed in place: told right before and right after the change, by the clock of what the
   * value opens. From the first moment until the label has moved, whoever connects anew with the current value is refused: the frame
   * measures for how long. The last one divides sessions of the old value from those of the new one.
   */
  readonly noteChange?: (at: Date) => Promise<void>;
}

/** The values of a rotation: what is current and what is to be. */
export interface Pair<Value> {
  readonly current: Value;
  readonly pending: Value;
}

/** Evidence without times: the keeper's frame stamps it. */
export type AdoptionFinding = Pick<Check, 'name' | 'passed' | 'measured'>;

/** What can be said of a secret's state without its values. */
export interface Inspection {
  /** Facts for the plan, such as which user is current; never a value. */
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Why it cannot be rotated as things stand, one sentence each. */
  readonly obstacles: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * How one kind of secret is kept: the part of a rotation that is particular to it. The frame (`keeper.ts`) has what is the same for
 * all: which version is which, idempotence, labels, logs. Values stay inside the keeper's function; nothing that it returns or throws
 * holds any part of one.
 *
 * Every operation may be run twice, after an earlier attempt was killed at any point, and beside one that still runs.
 */
export interface SecretKind<Kind extends RotationKind, Value> {
  readonly kind: Kind;
  /**
   * Reads a version's text.
   *
   * @throws PreconditionFailed that names the field that is missing or wrong, and quotes nothing
   */
  parse(text: string, secret: SecretOf<Kind>): Value;
  format(value: Value): string;
  /**
   * The value that would follow; nothing is changed outside. Not called where an operator stages values.
   *
   * @param staged what an operator has staged, for kinds whose values are not generated
   */
  next(current: Value, keeping: Keeping<Kind>, staged: Value | undefined): Promise<Value>;
  /**
   * Makes the pending value good in the database or service; does nothing when it is good already. Proves first that the current one
   * is good, or that an administrator may act for it.
   *
   * @param leftBehind values of versions that earlier attempts left behind, newest first: one of them may be what is set
   * @throws PreconditionFailed when the current value is not good and nothing was changed
   */
  set(pair: Pair<Value>, keeping: Keeping<Kind>, leftBehind: () => Promise<readonly Value[]>): Promise<void>;
  /**
   * Proves that the pending value is as good as the current one. It is run again before the label moves; and with the same value twice
   * where Secrets Manager only tries its configuration.
   *
   * @throws VerificationFailed with what differs
   */
  test(pair: Pair<Value>, keeping: Keeping<Kind>): Promise<void>;
  /** Looks at the secret, and at what it opens, for a plan. */
  inspect(current: Value, keeping: Keeping<Kind>): Promise<Inspection>;
  /**
   * Whether consumers use the value now; each finding is one check of the report.
   *
   * @param since when the value became current; as `noteChange` was told last, where it was
   */
  proveAdoption(
    values: { readonly current: Value; readonly previous: Value | undefined },
    since: Date,
    keeping: Keeping<Kind>,
  ): Promise<AdoptionFinding[]>;
  /**
   * Makes an earlier value good again in the database or service, and proves it, before any label is moved. Returns what was done, as
   * one sentence.
   *
   * @returns the value to store where the earlier one cannot be used as it is (a signing key that others signed with already), or none
   */
  putBack(
    values: { readonly good: Value; readonly bad: Value },
    keeping: Keeping<Kind>,
  ): Promise<{ readonly done: string; readonly value?: Value }>;
  /**
   * Takes away what the old value opened. Returns what was done, as one sentence.
   *
   * @param options `endSessions`: whether sessions that were opened with it are ended, too; `changedAt`: as
   *   `noteChange` was told last, where it was
   * @returns the value to store where the current one holds the old one, or none
   */
  retire(
    values: { readonly current: Value; readonly old: Value | undefined },
    options: { readonly endSessions: boolean; readonly changedAt?: Date },
    keeping: Keeping<Kind>,
  ): Promise<{ readonly done: string; readonly value?: Value }>;
}
