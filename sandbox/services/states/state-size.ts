import { StateError } from './state-error.ts';

/** Largest input or output of a state, in bytes. @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const LARGEST_STATE_BYTES = 262_144;

/** Whether a value is small enough for the input or output of a state. */
export function fitsState(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value) ?? '') <= LARGEST_STATE_BYTES;
}

/** @throws StateError where a value is too large for a state; `what` begins the sentence */
export function requireStateSize(value: unknown, what: string): void {
  if (fitsState(value)) return;
  throw new StateError(
    'States.DataLimitExceeded',
    `${what} with a size exceeding the maximum number of bytes service limit.`,
  );
}
