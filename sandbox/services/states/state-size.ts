/** Largest input or output of a state, in bytes. @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const LARGEST_STATE_BYTES = 262_144;

/** Whether a value is small enough for the input or output of a state. */
export function fitsState(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value) ?? '') <= LARGEST_STATE_BYTES;
}
