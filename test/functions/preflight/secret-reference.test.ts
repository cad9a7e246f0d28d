import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOf, parseReference, sourceOf } from '../../../functions/preflight/secret-reference.ts';
import { redact } from '../../../functions/step/redact.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/database-AbCdEf';

describe('parseReference', () => {
  it.each<[string, object | undefined]>([
    [ARN, { kind: 'secret', arn: ARN }],
    [`${ARN}:password::`, { kind: 'secret', arn: ARN, field: 'password' }],
    [`${ARN}::AWSPREVIOUS:`, { kind: 'secret', arn: ARN, stage: 'AWSPREVIOUS' }],
    [`${ARN}:user name::v-1`, { kind: 'secret', arn: ARN, field: 'user name', versionId: 'v-1' }],
    [`${ARN}:::`, { kind: 'secret', arn: ARN }],
    [
      'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x',
      expect.objectContaining({ kind: 'secret' }),
    ],
    // ECS does not start a task with any of these.
    [`${ARN}:password`, undefined],
    [`${ARN}:password:`, undefined],
    [`${ARN}:password:::`, undefined],
    ['arn:aws:secretsmanager:us-east-1:123456789012:secret:', undefined],
    ['postgres://app:hunter2@db/shop', undefined],
    ['', undefined],
    ['/shop/token', { kind: 'parameter', id: '/shop/token' }],
    [
      'arn:aws:ssm:us-east-1:123456789012:parameter/shop/token',
      { kind: 'parameter', id: 'arn:aws:ssm:us-east-1:123456789012:parameter/shop/token' },
    ],
  ])('reads %s', (valueFrom, expected) => {
    expect(parseReference(valueFrom)).toEqual(expected);
  });

  it('reads back what it is made of', () => {
    const part = fc.stringMatching(/^[\w. -]{0,12}$/);
    fc.assert(
      fc.property(part, part, part, (field, stage, versionId) => {
        const reference = parseReference(`${ARN}:${field}:${stage}:${versionId}`);
        expect(reference).toMatchObject({ arn: ARN });
        const { field: f = '', stage: s = '', versionId: v = '' } = reference as Record<string, string>;
        expect([f, s, v]).toEqual([field, stage, versionId]);
      }),
    );
  });

  it('knows fields of one version as one source, and others apart', () => {
    const source = (valueFrom: string) => sourceOf(parseReference(valueFrom) ?? expect.fail(valueFrom));
    expect(source(`${ARN}:password::`)).toBe('secret shop/database-AbCdEf');
    expect(source(`${ARN}:username::`)).toBe(source(ARN));
    expect(source(`${ARN}:username:AWSPREVIOUS:`)).toBe('secret shop/database-AbCdEf (AWSPREVIOUS)');
    expect(source('arn:aws:ssm:us-east-1:123456789012:parameter/shop/token')).toBe(source('/shop/token'));
  });

  it.each([
    [ARN, 'secret (shop/database)'],
    [`${ARN}:password:AWSPREVIOUS:`, 'secret (shop/database, AWSPREVIOUS)'],
    // Without the random end, as ECS takes it too.
    [ARN.replace('shop/database-AbCdEf', 'shop/my-secret'), 'secret (shop/my-secret)'],
    [ARN.replace('shop/database-AbCdEf', 'shop/database'), 'secret (shop/database)'],
    ['arn:aws:ssm:us-east-1:123456789012:parameter/shop/token', 'parameter (/shop/token)'],
    ['/shop/token', 'parameter (/shop/token)'],
  ])('calls %s by the name that people know', (valueFrom, label) => {
    expect(labelOf(parseReference(valueFrom) ?? expect.fail(valueFrom))).toBe(label);
    // Nobody who redacts takes it for a secret.
    expect(redact(`${label}: was read`)).toBe(`${label}: was read`);
  });
});
