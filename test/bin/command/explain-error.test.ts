import { describe, expect, it } from 'vitest';
import { explainError } from '../../../bin/command/explain-error.ts';

const failure = (message: string, properties: object = {}) => Object.assign(new Error(message), properties);
const refused = failure('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' });

describe('explainError', () => {
  it('asks for the sandbox where its endpoint does not answer', () => {
    expect(explainError(refused, 'http://127.0.0.1:1')).toBe(
      'Nothing answers at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. Is the sandbox that AWS_ENDPOINT_URL names still running? For an AWS account, unset AWS_ENDPOINT_URL.',
    );
  });

  it('asks for the network and the region where AWS itself does not answer', () => {
    const unknown = failure('getaddrinfo ENOTFOUND ssm.us-est-1.amazonaws.com', { code: 'ENOTFOUND' });
    expect(explainError(unknown, '')).toBe(
      "AWS cannot be reached: getaddrinfo ENOTFOUND ssm.us-est-1.amazonaws.com. Is this machine online, and is the region's name right?",
    );
  });

  it('finds words for a name whose addresses all fail: Node.js gives that error none', () => {
    const several = Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' });
    expect(explainError(several, 'http://localhost:1')).toContain('connect ECONNREFUSED 127.0.0.1:1');
  });

  it('says how to sign in where there are no credentials', () => {
    const none = failure('Could not load credentials from any providers', {
      name: 'CredentialsProviderError',
    });
    expect(explainError(none, '')).toMatch(
      /^There are no AWS credentials: Could not load .* Sign in \(aws sso login\)/,
    );
  });

  it.each(['ExpiredTokenException', 'InvalidSignatureException', 'UnrecognizedClientException'])(
    'says how to sign in again after %s',
    (name) => {
      expect(explainError(failure('The token is expired.', { name }), '')).toMatch(
        /^AWS does not accept these credentials: The token is expired\. Sign in/,
      );
    },
  );

  it.each(['Region is missing', 'Region not accepted: region="" is not a valid hostname component.'])(
    'says how to name the region after "%s"',
    (message) => {
      expect(explainError(failure(message), '')).toBe(
        'No AWS region is set. Say --region NAME, or set AWS_REGION.',
      );
    },
  );

  it('leaves other words as they are', () => {
    expect(explainError(failure('There is no run "x"; nothing has run yet.'), '')).toBe(
      'There is no run "x"; nothing has run yet.',
    );
  });

  it('is never silent', () => {
    expect(explainError(failure('', { name: 'Strange' }), '')).toBe('Strange');
  });
});
