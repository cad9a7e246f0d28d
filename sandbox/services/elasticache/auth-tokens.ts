import { AwsError } from '../../contract.ts';

export type Strategy = 'ROTATE' | 'SET' | 'DELETE';

/**
 * Fails as ElastiCache does for a token that it does not take.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
 * @throws AwsError
 */
export function checkToken(token: string): void {
  if (/^[A-Za-z0-9!&#$^<>-]{16,128}$/.test(token)) return;
  throw new AwsError('InvalidParameterValueException', 'Invalid AuthToken provided.');
}

/**
 * The tokens that are good after a modification, the newest last. ElastiCache leaves open what becomes of a token that is rotated twice;
 * here it is as its guide says literally: of two tokens the oldest goes, and the new one comes.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
 * @throws AwsError where the strategy may not be used
 */
export function tokensAfter(tokens: readonly string[], token: string, strategy: Strategy): readonly string[] {
  if (tokens.length === 0)
    throw new AwsError(
      'UnsupportedOperation',
      'The sandbox does not turn on AUTH later: create the replication group with an AuthToken.',
      { status: 501 },
    );
  switch (strategy) {
    case 'DELETE':
      // It is for moving to user groups, which the sandbox does not have.
      throw new AwsError(
        'InvalidParameterValueException',
        'Auth token update strategy delete is not supported currently',
      );
    case 'SET':
      if (tokens.at(-1) !== token)
        throw new AwsError(
          'InvalidParameterValueException',
          'The strategy SET is allowed only with the AUTH token that was rotated last.',
        );
      return [token];
    case 'ROTATE':
      return [...tokens.slice(-1).filter((kept) => kept !== token), token];
  }
}
