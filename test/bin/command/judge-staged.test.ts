import { describe, expect, it } from 'vitest';
import { requireStageable, whyNotStaged } from '../../../bin/command/judge-staged.ts';
import { stagedText } from '../../../bin/command/read-staged-text.ts';
import type { Rotation } from '../../../schemas/secret.ts';

const external: Rotation = {
  kind: 'external-key',
  probe: { url: 'https://example.com', method: 'GET', headers: { x: '{value.key}' }, statuses: [200] },
};
const policy: Rotation = { kind: 'policy-value', schema: { type: 'array', items: { format: 'email' } } };
const jwt: Rotation = {
  kind: 'signing-key',
  algorithm: 'ES256',
  longestTokenSeconds: 1,
  publishedAheadSeconds: 1,
  clockSkewSeconds: 1,
  claims: {},
};

describe('what is staged', () => {
  it.each([
    ['without the line end of a shell', 's3cret\n', 's3cret'],
    ['without the line end of Windows', 's3cret\r\n', 's3cret'],
    ['with every other line end', 'a\nb\n\n', 'a\nb\n'],
    ['with spaces', ' s3cret ', ' s3cret '],
    ['without a byte order mark', '\uFEFFs3cret', 's3cret'],
    ['as nothing, where there is nothing', '\n', ''],
  ])('comes %s', (_, text, expected) => {
    expect(stagedText(Buffer.from(text))).toBe(expected);
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFFs3cret', 'utf16le'), 'The value is UTF-16'],
    ['no text', Buffer.from([0x73, 0xff, 0xfe]), 'The value is not UTF-8 text'],
    ['too long', Buffer.alloc(65_537, 's3cret'), 'more than 65536 bytes'],
  ])('is refused where it is %s', (_, bytes, why) => {
    expect(() => stagedText(bytes)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(why) }),
    );
    expect(() => stagedText(bytes)).not.toThrow('s3cret');
  });

  it.each([
    [external, '{"key":"s3cret"}', undefined],
    [external, 's3cret', 'is not a JSON object with the field "key"'],
    [external, '', 'is empty'],
    [policy, '["ada@example.com"]', undefined],
    [policy, '["s3cret"]', 'does not satisfy its schema: /0 (format)'],
    [policy, '["s3cret"', 'is not JSON'],
  ])('is judged by its kind (%#)', (rotation, text, why) => {
    expect(whyNotStaged({ rotation }, text)).toBe(why);
  });
});

describe('a secret', () => {
  it.each([
    [
      'that is generated',
      jwt,
      'is generated when it is rotated; none is staged. Rotate it: nightshift run rotate-secret --secret jwt',
    ],
    ['that is not rotated', undefined, 'Nightshift only reads it'],
  ])('%s has nothing staged', (_, rotation, why) => {
    const target = { name: 'jwt', ...(rotation === undefined ? {} : { rotation }) };
    expect(() => requireStageable(target)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(why) }),
    );
  });

  it.each([external, policy])('that an operator sets has (%#)', (rotation) => {
    expect(() => requireStageable({ name: 'x', rotation })).not.toThrow();
  });
});
