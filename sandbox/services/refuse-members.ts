import { AwsError } from '../contract.ts';

/**
 * Refuses members of an input that an operation does not act on: ignoring one would be a silent lie.
 *
 * @throws AwsError naming them
 */
export function refuseMembers(input: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(input).filter((name) => input[name] !== undefined && !known.includes(name));
  if (unknown.length === 0) return;
  throw new AwsError(
    'UnsupportedOperation',
    `The sandbox does not act on the parameters ${unknown.join(', ')}.`,
    { status: 501 },
  );
}
