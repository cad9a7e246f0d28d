import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillHeaders } from '../../../../functions/secrets/external-key/fill-headers.ts';

const SECRET = 'sk-live-0123456789';

describe('headers', () => {
  it.each([
    ['the whole value', { authorization: 'Bearer {value}' }, SECRET, { authorization: `Bearer ${SECRET}` }],
    ['the value twice', { x: '{value}:{value}' }, 'a-b', { x: 'a-b:a-b' }],
    [
      'fields of it',
      { 'x-id': '{value.id}', 'x-key': 'key={value.key}' },
      JSON.stringify({ id: 'shop', key: SECRET }),
      { 'x-id': 'shop', 'x-key': `key=${SECRET}` },
    ],
    ['what looks like a pattern of replacement', { x: '{value}' }, "$&$1$$'", { x: "$&$1$$'" }],
    ['nothing', { accept: 'text/plain {values}' }, SECRET, { accept: 'text/plain {values}' }],
  ])('are filled with %s', (_, templates, value, headers) => {
    expect(fillHeaders(templates as Record<string, string>, value)).toEqual({ headers });
  });

  it.each([
    ['a value that is no JSON', '{value.key}', SECRET, 'is not a JSON object with the field "key"'],
    ['a list', '{value.key}', JSON.stringify([SECRET]), 'is not a JSON object with the field "key"'],
    [
      'a value without the field',
      '{value.key}',
      JSON.stringify({ other: SECRET }),
      'has no text in its field "key"',
    ],
    [
      'a field that is no text',
      '{value.key}',
      JSON.stringify({ key: { SECRET } }),
      'has no text in its field "key"',
    ],
    ['an inherited field', '{value.constructor}', '{}', 'has no text in its field "constructor"'],
    ['a line end after it', 'Bearer {value}', `${SECRET}\n`, 'that the header x cannot carry'],
    ['a header smuggled in', '{value}', `${SECRET}\r\nhost: example.com`, 'that the header x cannot carry'],
    ['a zero byte', '{value}', `${SECRET}\0`, 'that the header x cannot carry'],
    ['what Latin-1 has not', '{value}', `${SECRET}€`, 'that the header x cannot carry'],
  ])('are not filled with %s, and nothing of it is quoted', (_, text, value, why) => {
    const filled = fillHeaders({ x: text }, value);
    expect(filled).toEqual({ problem: expect.stringContaining(why) });
    expect(JSON.stringify(filled)).not.toContain(SECRET);
  });

  it('tell nothing of a value that does not fit, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: 'binary' }), (value) => {
        for (const text of ['{value}', '{value.field}']) {
          const filled = fillHeaders({ x: text }, value);
          if ('problem' in filled) expect(filled.problem).not.toContain(value);
        }
      }),
      { numRuns: 200 },
    );
  });
});
