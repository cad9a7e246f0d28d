import { describe, expect, it } from 'vitest';
import { redact } from '../../../functions/step/redact.ts';

describe('redact', () => {
  it.each([
    ['connect postgres://app:hunter2@db/x', 'connect postgres://app:***@db/x'],
    ['DB_PASSWORD=hunter2 rest', 'DB_PASSWORD=*** rest'],
    ['{"password": "hunter2"}', '{"password": "***"}'],
    ['key AKIAIOSFODNN7EXAMPLE', 'key ***'],
    // What names a secret tells none.
    [
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf',
    ],
    ['api:3 runs since 07:36:31', 'api:3 runs since 07:36:31'],
  ])('%j becomes %j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
