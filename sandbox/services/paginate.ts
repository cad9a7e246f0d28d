import { AwsError } from '../contract.ts';

/**
 * One page of a list, and the token of the next page as AWS gives it (opaque; absent on the last page).
 *
 * @throws AwsError named `invalid`, as the service names it, for a token that is none
 */
export function paginate<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
  invalid = 'InvalidNextToken',
): { page: T[]; nextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError(invalid, 'The token is not valid.');
  const end = start + size;
  return {
    page: items.slice(start, end),
    ...(end < items.length ? { nextToken: Buffer.from(String(end)).toString('base64url') } : {}),
  };
}
