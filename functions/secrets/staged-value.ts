import { PreconditionFailed } from '../errors.ts';

/** A value that an operator has staged, as it was typed: what it means is the consumers' affair. */
export interface StagedValue {
  readonly text: string;
}

/**
 * The value that an operator has staged for a rotation.
 *
 * @throws PreconditionFailed where there is none, or it is no other than the current one
 */
export function requireStaged(
  secret: string,
  current: StagedValue,
  staged: StagedValue | undefined,
): StagedValue {
  if (staged === undefined)
    throw new PreconditionFailed(
      `No value is staged for ${secret}, and nothing can generate one. Nothing was changed. Stage it with "nightshift secret stage ${secret}", and rotate the secret again.`,
    );
  if (staged.text === current.text)
    throw new PreconditionFailed(
      `The value that is staged for ${secret} is the one that is current already. Nothing was changed. Stage the new one with "nightshift secret stage ${secret}", and rotate the secret again.`,
    );
  return staged;
}

/** Says that a staged value is not good, and what to do. `why` goes on after "The value that is staged for x". */
export function badValue(secret: string, why: string): PreconditionFailed {
  return new PreconditionFailed(
    `The value that is staged for ${secret} ${why}. Nothing was changed, and the current value stays. Stage a good one with "nightshift secret stage ${secret}", and rotate the secret again.`,
  );
}
