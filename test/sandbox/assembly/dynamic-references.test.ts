import { describe, expect, test } from 'vitest';
import { resolveDynamicReferences } from '../../../sandbox/assembly/dynamic-references.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf';
const resolve = (value: unknown) =>
  resolveDynamicReferences(value, {
    readParameter: async (name) => `<${name}>`,
    readSecret: async (from) => `(${from})`,
  });

describe('a dynamic reference', () => {
  test.each<[string, unknown, unknown]>([
    ['to a parameter', '{{resolve:ssm:/app/url}}', '</app/url>'],
    ['to a version of a parameter', '{{resolve:ssm:/app/url:3}}', '</app/url>'],
    ['to a secure parameter', '{{resolve:ssm-secure:/app/key:1}}', '</app/key>'],
    ['to a secret', '{{resolve:secretsmanager:db}}', '(db:::)'],
    ['to a key of a secret', '{{resolve:secretsmanager:db:SecretString:password}}', '(db:password::)'],
    ['to a secret by ARN', `{{resolve:secretsmanager:${SECRET}:SecretString:user::}}`, `(${SECRET}:user::)`],
    [
      'to a stage of a secret',
      '{{resolve:secretsmanager:db:SecretString:password:AWSPREVIOUS:}}',
      '(db:password:AWSPREVIOUS:)',
    ],
    ['within a text', 'u:{{resolve:ssm:a}}@{{resolve:ssm:b}}/x', 'u:<a>@<b>/x'],
    ['anywhere in a value', { a: ['{{resolve:ssm:a}}', 1], b: null }, { a: ['<a>', 1], b: null }],
  ])('%s is replaced', async (_what, value, expected) => {
    expect(await resolve(value)).toEqual(expected);
  });

  test('leaves other texts alone', async () => {
    expect(await resolve('{{mustache}} resolve:ssm:a')).toBe('{{mustache}} resolve:ssm:a');
  });

  test('to something that the sandbox does not know is an error that names it', async () => {
    await expect(resolve('{{resolve:vault:x}}')).rejects.toThrow('{{resolve:vault:…}}');
  });
});
