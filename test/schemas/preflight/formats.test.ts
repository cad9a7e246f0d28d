import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMilliseconds } from '../../../schemas/preflight/duration.ts';
import { describeFormat, formatMismatch } from '../../../schemas/preflight/formats.ts';
import type { Format } from '../../../schemas/preflight/rules.ts';
import { kindOfValue } from '../../../schemas/preflight/value-kind.ts';

const GOOD = undefined;

describe('formatMismatch', () => {
  it.each<[Format, string, string | undefined]>([
    [{ kind: 'url' }, 'https://example.com/feed?key=a=b', GOOD],
    [{ kind: 'url' }, 'postgres://user:p%40ss@one:5432,two:5433/app', GOOD],
    [{ kind: 'url' }, 'jdbc:postgresql://one:5432/app', GOOD],
    [{ kind: 'url' }, 'redis://cache:6379/0', GOOD],
    // URL.canParse takes the host for a scheme.
    [{ kind: 'url' }, 'localhost:5432', 'a text of 14 characters'],
    [{ kind: 'url' }, 'example.com', 'a text of 11 characters'],
    [{ kind: 'url' }, 'https://', 'a text of 8 characters'],
    [{ kind: 'url' }, 'https://example.com:port/', 'a text of 25 characters'],
    [{ kind: 'url' }, 'https://example.com/a b', 'a text of 23 characters'],
    [{ kind: 'url' }, ' https://example.com', 'a text of 20 characters, with white space around it'],
    [{ kind: 'url', schemes: ['https', 'wss'] }, 'WSS://example.com', GOOD],
    [{ kind: 'url', schemes: ['https', 'wss'] }, 'http://example.com', 'a URL of another scheme'],
    [{ kind: 'url', schemes: ['jdbc:postgresql'] }, 'postgresql://one/app', 'a URL of another scheme'],
    [{ kind: 'integer' }, '-17', GOOD],
    [{ kind: 'integer' }, '0x10', 'a text of 4 characters'],
    [{ kind: 'integer' }, '1.0', 'a number'],
    [{ kind: 'integer' }, '8080 ', 'a text of 5 characters, with white space around it'],
    [{ kind: 'integer', min: 1, max: 65_535 }, '65535', GOOD],
    [{ kind: 'integer', min: 1, max: 65_535 }, '65536', 'a whole number that is too large'],
    [{ kind: 'integer', min: 1, max: 65_535 }, '0', 'a whole number that is too small'],
    [{ kind: 'number', max: 1 }, '.5', GOOD],
    [{ kind: 'number', max: 1 }, '1e-3', GOOD],
    [{ kind: 'number', max: 1 }, '1.5', 'a number that is too large'],
    [{ kind: 'number' }, '1e999', 'a number that is too large'],
    [{ kind: 'number' }, 'Infinity', 'a text of 8 characters'],
    [{ kind: 'number' }, '1,5', 'a text of 3 characters'],
    [{ kind: 'duration' }, '1h30m', GOOD],
    [{ kind: 'duration' }, '30', 'a whole number without a unit'],
    [{ kind: 'duration' }, '30 s', 'a text of 4 characters'],
    [{ kind: 'duration', min: '1s', max: '5m' }, '300s', GOOD],
    [{ kind: 'duration', min: '1s', max: '5m' }, '301s', 'a duration that is too large'],
    [{ kind: 'duration', min: '1s', max: '5m' }, '999ms', 'a duration that is too small'],
    [{ kind: 'boolean' }, 'False', GOOD],
    [{ kind: 'boolean' }, 'off', GOOD],
    [{ kind: 'boolean' }, 'maybe', 'a text of 5 characters'],
    [{ kind: 'one-of', values: ['live', 'replay'] }, 'replay', GOOD],
    [
      { kind: 'one-of', values: ['live', 'replay'] },
      'Replay',
      'one of them in another case, or with white space around it',
    ],
    [{ kind: 'one-of', values: ['live', 'replay'] }, 'production', 'a text of 10 characters'],
    [{ kind: 'email' }, 'team@example.com', GOOD],
    [{ kind: 'email' }, 'Team <team@example.com>', 'a text of 23 characters'],
    [{ kind: 'pattern', pattern: 'v\\d+|edge' }, 'v17', GOOD],
    // The whole value must match, whatever the pattern's alternatives.
    [{ kind: 'pattern', pattern: 'v\\d+|edge' }, 'v17-dirty', 'a text of 9 characters'],
    [{ kind: 'pattern', pattern: 'v\\d+|edge' }, 'knowledge', 'a text of 9 characters'],
    [{ kind: 'json' }, '{"a": [1]}', GOOD],
    [{ kind: 'json' }, '{"a": [1}', 'a text of 9 characters'],
    [{ kind: 'json' }, '{\n"a"\n', 'a text of 6 characters in 3 lines, with white space around it'],
  ])('%j of %j: %s', (format, value, mismatch) => {
    expect(formatMismatch(format, value)).toBe(mismatch);
  });

  it('agrees with the limits that it describes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (left, right, value) => {
        const [min, max] = [Math.min(left, right), Math.max(left, right)];
        expect(formatMismatch({ kind: 'integer', min, max }, String(value)) === undefined).toBe(
          value >= min && value <= max,
        );
      }),
    );
  });

  it('says what each format wants', () => {
    expect(describeFormat({ kind: 'url', schemes: ['https', 'wss'] })).toBe(
      'a URL that begins with https:// or wss://',
    );
    expect(describeFormat({ kind: 'integer', min: 1, max: 9 })).toBe('a whole number from 1 to 9');
    expect(describeFormat({ kind: 'number', min: 0 })).toBe('a number, at least 0');
    expect(describeFormat({ kind: 'duration', max: '5m' })).toBe(
      'a duration such as 30s, 5m or 1h, at most 5m',
    );
  });
});

describe('durationMilliseconds', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1h30m', 5_400_000],
    ['', undefined],
    ['5', undefined],
    ['5 m', undefined],
    ['-5m', undefined],
    ['1.5h', undefined],
    ['m5', undefined],
  ])('%j is %s', (text, milliseconds) => {
    expect(durationMilliseconds(text)).toBe(milliseconds);
  });
});

describe('kindOfValue', () => {
  it('never contains what it describes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'grapheme-ascii' }), (value) => {
        fc.pre(!/^[a-z ]*$/.test(value));
        expect(kindOfValue(value)).not.toContain(value);
      }),
    );
  });
});
