import { expect, it } from 'vitest';
import { isPlaceholder } from '../../../schemas/preflight/placeholders.ts';

it.each([
  'changeme',
  'change-me',
  'CHANGE_ME',
  'Change Me',
  'todo',
  'xxx',
  'XXXXXXXX',
  'xxx-xxx',
  'replace_me',
  '<your-api-key>',
  ' tbd ',
  'undefined',
  '[object Object]',
])('%j is a placeholder', (value) => {
  expect(isPlaceholder(value)).toBe(true);
});

it.each(['xx', 'todos', 'secret', 'none', 'null', '0', 'changeme2', '<a> and <b>', 'xxxy', 'example.com'])(
  '%j is none',
  (value) => {
    expect(isPlaceholder(value)).toBe(false);
  },
);

it('knows those of a team, in any case and with any hyphens', () => {
  expect(isPlaceholder('DUMMY_key', ['dummy-key'])).toBe(true);
  expect(isPlaceholder('dummy', ['dummy-key'])).toBe(false);
});
