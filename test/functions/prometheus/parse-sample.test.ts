import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf, parseSample, parseValue } from '../../../functions/prometheus/parse-sample.ts';
import { parseSlowly } from './reference-parser.ts';

const slowly = (line: string) => {
  try {
    return parseSlowly(line);
  } catch {
    return undefined;
  }
};

const blank = fc.constantFrom('', '', ' ', '\t', '  ');
const blanks = fc.constantFrom(' ', '\t', ' \t ');
const metricName = fc.stringMatching(/^[a-zA-Z_:][\w:]{0,8}$/);
const labelName = fc.stringMatching(/^[a-zA-Z_]\w{0,5}$/);
const text = fc.string({
  unit: fc.constantFrom('a', 'ß', '🙂', '"', '\\', '\n', ' ', '{', '}', ',', '=', '#', '1'),
});
const escaped = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const value = fc.oneof(
  fc.double().map((number) => (Number.isNaN(number) ? 'NaN' : String(number).replace('Infinity', 'Inf'))),
  fc.constantFrom('0', '+Inf', '-Inf', '+infinity', 'NaN', 'nan', '1e3', '.5', '5.', '-0'),
);
const labels = fc.uniqueArray(fc.tuple(labelName, text), { selector: ([name]) => name, maxLength: 4 });
const written = fc
  .record({
    name: metricName,
    labels: fc.option(labels),
    value,
    timestamp: fc.option(fc.integer()),
    blank,
    blanks,
    comma: fc.boolean(),
    exemplar: fc.constantFrom('', '', ' # {trace_id="a b"} 0.5 1.2'),
  })
  .map(({ name, labels, value, timestamp, blank, blanks, comma, exemplar }) => {
    const inner = (labels ?? []).map(
      ([label, of]) => `${blank}${label}${blank}=${blank}"${escaped(of)}"${blank}`,
    );
    const braces =
      labels === null
        ? blanks
        : `${blank}{${inner.join(',')}${comma && inner.length > 0 ? ',' : ''}${blank}}${blank}`;
    const line = `${blank}${name}${braces}${value}${timestamp === null ? '' : blanks + timestamp}${blank}${exemplar}`;
    return { line, name, labels: new Map(labels ?? []), value, timestamp: timestamp ?? undefined };
  });

describe('a line', () => {
  it.each([
    ['up 1', 'up', {}, 1, undefined],
    [
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'http_requests_total',
      { method: 'post', code: '200' },
      1027,
      1395066363000,
    ],
    [
      'msdos{path="C:\\\\DIR\\\\F.TXT",error="Cannot:\\n\\"F\\""} 1.458255915e9',
      'msdos',
      { path: 'C:\\DIR\\F.TXT', error: 'Cannot:\n"F"' },
      1458255915,
      undefined,
    ],
    ['odd{a="\\x"} 1', 'odd', { a: '\\x' }, 1, undefined],
    [
      'something_weird{problem="division by zero"} +Inf -3982045',
      'something_weird',
      { problem: 'division by zero' },
      Number.POSITIVE_INFINITY,
      -3982045,
    ],
    ['rpc{quantile="0.01",} NaN', 'rpc', { quantile: '0.01' }, Number.NaN, undefined],
    ['empty{} -Inf', 'empty', {}, Number.NEGATIVE_INFINITY, undefined],
    ['foo_bucket{le="0.1"} 8 # {} 0.054', 'foo_bucket', { le: '0.1' }, 8, undefined],
    ['foo_total 17.0 1520879607.789 # {id="a"} 1 2.5', 'foo_total', {}, 17, 1520879607.789],
    ['{"my.metric",a="b"} 5', 'my.metric', { a: 'b' }, 5, undefined],
    ['{"my.metric"} 5', 'my.metric', {}, 5, undefined],
    ['m{"a.b"="c"} 5', 'm', { 'a.b': 'c' }, 5, undefined],
    ['m {a="}"}5', 'm', { a: '}' }, 5, undefined],
  ] as const)('%s', (line, name, labels, value, timestamp) => {
    const expected = { name, labels: new Map(Object.entries(labels)), value, timestamp };
    expect(parseSample(line)).toEqual(expected);
    expect(slowly(line)).toEqual(expected);
  });

  it.each([
    '',
    'up',
    'up ',
    'up{',
    'up{}',
    'up{a} 1',
    'up{a=b} 1',
    'up{a="b} 1',
    'up{a="b"',
    'up{a="b" b="c"} 1',
    'up{,} 1',
    'up{a="b",,} 1',
    'up{a="b",a="c"} 1',
    'up{1a="b"} 1',
    'up 1 2 3',
    'up one',
    'up 0x1p3',
    'up 1_000',
    'up 1 NaN',
    'up\u00a01',
    '1up 1',
    'my.metric 1',
    '{} 1',
    '{a="b"} 1',
    'm{"n"} 1',
    '{a="b","m"} 1',
    '<html><body>404</body></html>',
    '{"status":"ok"}',
  ])('%j is no sample', (line) => {
    expect(parseSample(line)).toBeUndefined();
    expect(slowly(line)).toBeUndefined();
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(written, ({ line, name, labels, value, timestamp }) => {
        expect(parseSample(line)).toEqual({ name, labels, value: parseValue(value), timestamp });
        expect(nameOf(line)).toBe(name);
      }),
      { numRuns: 500 },
    );
  });

  it('is read as the reference reads it, though it is damaged', () => {
    const damage = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        remove: fc.nat(2),
        insert: fc.string({
          unit: fc.constantFrom('{', '}', '"', '\\', ',', '=', ' ', '#', '1', 'a', '+', '\t'),
          maxLength: 2,
        }),
      }),
      { minLength: 1, maxLength: 3 },
    );
    let broken = 0;
    fc.assert(
      fc.property(written, damage, ({ line }, damages) => {
        const damaged = damages.reduce((text, { at, remove, insert }) => {
          const index = Math.floor(at * text.length);
          return text.slice(0, index) + insert + text.slice(index + remove);
        }, line);
        const expected = slowly(damaged);
        if (expected === undefined) broken += 1;
        expect(parseSample(damaged)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    // Otherwise the damage damages nothing.
    expect(broken).toBeGreaterThan(200);
  });

  it.each([
    ['many labels', `m{${Array.from({ length: 8000 }, (_, index) => `a${index}="b"`).join(',')}`],
    ['many blanks', `m{a="b"${' '.repeat(65_000)}`],
    ['many escapes', `m{a="${'\\\\'.repeat(32_000)}`],
    ['many commas', `m{${','.repeat(65_000)}`],
    ['a long value', `m ${'1'.repeat(65_000)}x`],
  ])('that is broken at its end takes no longer for %s', (_, line) => {
    const started = performance.now();
    expect(parseSample(line)).toBeUndefined();
    // Milliseconds when it takes time as it is long; minutes when it takes its square.
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('tells its name though it is broken', () => {
    expect(nameOf('up{a="b')).toBe('up');
    expect(nameOf('{"my.up",a="b')).toBe('my.up');
    expect(nameOf('{a')).toBeUndefined();
  });
});
