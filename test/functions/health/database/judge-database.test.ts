import { describe, expect, it } from 'vitest';
import { PreconditionFailed } from '../../../../functions/errors.ts';
import { judgeConnections } from '../../../../functions/health/database/judge-connections.ts';
import { judgeSecretFailure } from '../../../../functions/health/judge-secret-failure.ts';
import { DATABASE_HEALTH_DEFAULTS } from '../../../../schemas/health/database-health.ts';

describe('connections of a database', () => {
  it.each([
    [10, {}, 'pass'],
    [79, {}, 'pass'],
    [80, {}, 'warn'],
    [94, {}, 'warn'],
    [95, {}, 'fail'],
    [101, {}, 'fail'],
    [20, { warnAbove: 20 }, 'pass'],
    [21, { warnAbove: 20 }, 'warn'],
  ])('%i of 100 with %j', (used, limits, verdict) => {
    const { connections } = DATABASE_HEALTH_DEFAULTS;
    expect(judgeConnections({ used, most: 103, reserved: 3 }, { ...connections, ...limits }).verdict).toBe(
      verdict,
    );
  });

  it('are not known where none are left by what it says', () => {
    const { connections } = DATABASE_HEALTH_DEFAULTS;
    expect(judgeConnections({ used: 1, most: 3, reserved: 3 }, connections).verdict).toBe('unknown');
  });
});

describe('a secret that cannot be read', () => {
  const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-AbCdEf';
  const aws = (name: string, message = '') => Object.assign(new Error(message), { name, $metadata: {} });
  it.each<[string, Error, string, string]>([
    [
      'is gone',
      aws('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
      'fail',
      'the secret orders does not exist: it was deleted, or never there',
    ],
    [
      'has no value',
      aws(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      ),
      'fail',
      'the secret orders has no current version',
    ],
    [
      'is about to go',
      aws(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      ),
      'fail',
      'the secret orders is scheduled for deletion: restore it before it is gone',
    ],
    [
      'is not for us',
      aws('AccessDeniedException', 'User: arn:… is not authorized to perform: secretsmanager:GetSecretValue'),
      'unknown',
      'the secret orders could not be read: this function has no permission for secretsmanager:GetSecretValue',
    ],
    [
      'has a key that is not for us',
      aws('AccessDeniedException', 'Access to KMS is not allowed'),
      'unknown',
      'the secret orders could not be read: this function may not use its key',
    ],
    [
      'cannot be decrypted',
      aws('DecryptionFailure'),
      'fail',
      'the secret orders cannot be decrypted: look at its key',
    ],
    [
      'is of another shape',
      new PreconditionFailed('The secret … is not a JSON object with username and password.'),
      'fail',
      'the secret orders is not a JSON object with username and password',
    ],
    [
      'was not told just now',
      aws('ThrottlingException', 'Rate exceeded'),
      'unknown',
      'the secret orders could not be read: AWS did not answer just now (ThrottlingException)',
    ],
  ])('because it %s', (_, error, verdict, observed) => {
    expect(judgeSecretFailure(error, ARN)).toMatchObject({ verdict, observed });
  });
});
