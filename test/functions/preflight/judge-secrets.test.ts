import { describe, expect, it } from 'vitest';
import { judgeDeclaredSecret } from '../../../functions/preflight/judge-declared-secret.ts';
import { judgeReadFailure } from '../../../functions/preflight/judge-read-failure.ts';
import { judgeSources } from '../../../functions/preflight/judge-sources.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf';
const SOURCE = 'secret db-AbCdEf';
const wanted = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, field]) => ({
    name,
    valueFrom: field === '' ? ARN : `${ARN}:${field}::`,
  }));
const judged = (fields: Record<string, string>, text: string) =>
  judgeSources(wanted(fields), new Map([[SOURCE, { text }]]));

describe('judgeSources', () => {
  it('says once of a secret what it is for', () => {
    expect(judged({ USER: 'username', PASSWORD: 'password' }, '{"username":"a","password":"b"}')).toEqual([
      {
        source: 'secret (db)',
        verdict: 'pass',
        observed: 'was read',
        expected: 'must load, and fill in USER, PASSWORD',
      },
    ]);
  });

  it.each([
    ['not JSON', 'hunter2', 'is not JSON'],
    ['one field short', '{"username":"hunter2"}', 'has no field password'],
    ['empty in one field', '{"username":"hunter2","password":" "}', 'is empty in its field password'],
  ])('fails one that is %s', (_, text, observed) => {
    const [found] = judged({ USER: 'username', PASSWORD: 'password' }, text);
    expect(found).toMatchObject({ verdict: 'fail', observed });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('names what would be without its value, and what to do', () => {
    const fields = { USER: 'username', PASSWORD: 'password', ADMINS: 'owners', OWNERS: 'owners' };
    expect(judged(fields, '{"username":"hunter2","password":"b"}')).toMatchObject([
      {
        verdict: 'fail',
        observed: 'has no field owners',
        expected: 'must fill in ADMINS, OWNERS',
        next: expect.stringContaining('Correct the secret'),
      },
    ]);
  });

  it('fails what is no reference, and does not show it', () => {
    const [found] = judgeSources([{ name: 'TOKEN', valueFrom: 'postgres://app:hunter2@db' }], new Map());
    expect(found).toMatchObject({ source: 'reference of TOKEN', verdict: 'fail' });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('judgeDeclaredSecret', () => {
  it.each<[string, string[], string, string]>([
    ['anything', [], 'pass', 'was read'],
    ['{"a":"x","b":1}', ['a', 'b'], 'pass', 'was read'],
    ['{"a":"x"}', ['a', 'b', 'c'], 'fail', 'has no b, c'],
    ['{"a":"","c":null}', ['a', 'b', 'c'], 'fail', 'has no b, and has nothing in a, c'],
    ['[]', ['a'], 'fail', 'is JSON, but no object with fields'],
  ])('%s with the fields %j: %s', (text, fields, verdict, observed) => {
    const found = judgeDeclaredSecret({ text }, fields);
    expect(found).toMatchObject({ verdict, observed });
    expect(found.next === undefined).toBe(verdict === 'pass');
  });
  it('knows nothing of one without an ARN', () => {
    expect(judgeDeclaredSecret(undefined, [])).toMatchObject({ verdict: 'unknown' });
  });
});

describe('judgeReadFailure', () => {
  const secret = { kind: 'secret', arn: ARN } as const;
  const pinned = { ...secret, stage: 'AWSPREVIOUS' };
  const parameter = { kind: 'parameter', id: '/shop/token' } as const;
  it.each([
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret.",
      secret,
      'fail',
      'does not exist',
    ],
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
      pinned,
      'fail',
      'has no such version',
    ],
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      secret,
      'fail',
      'has no current version',
    ],
    [
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
      secret,
      'fail',
      'is scheduled for deletion',
    ],
    ['InvalidRequestException', 'Something else', secret, 'unknown', 'AWS refused the question'],
    ['DecryptionFailure', '', secret, 'fail', 'cannot be decrypted'],
    ['AccessDeniedException', 'not authorized', secret, 'unknown', 'may not read it, if it is there at all'],
    ['AccessDeniedException', 'Access to KMS is not allowed', secret, 'unknown', 'may not use its key'],
    ['AccessDeniedException', 'not authorized', parameter, 'unknown', 'may not read it'],
    ['ParameterNotFound', '', parameter, 'fail', 'does not exist'],
    ['ThrottlingException', '', parameter, 'unknown', 'AWS did not answer just now'],
  ])('%s (%s)', (name, message, reference, verdict, observed) => {
    const error = Object.assign(new Error(message), { name, $metadata: {} });
    expect(judgeReadFailure(error, reference)).toMatchObject({
      verdict,
      observed: expect.stringContaining(observed),
    });
  });

  it.each([
    [secret, 'not authorized', /^Is its name right\? If it is, declare it under secrets/],
    [parameter, 'not authorized', /^Is its name right\? If it is, declare it under .*preflight\.parameters/],
    [secret, 'Access to KMS is not allowed', /^Declare keyArn/],
  ] as const)('says what to do where it may not look', (reference, message, next) => {
    const error = Object.assign(new Error(message), { name: 'AccessDeniedException', $metadata: {} });
    expect(judgeReadFailure(error, reference).next).toMatch(next);
  });
});
