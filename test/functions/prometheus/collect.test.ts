import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCollector, keyOf, MOST_SERIES, type Wanted } from '../../../functions/prometheus/collect.ts';
import { LONGEST_LINE } from '../../../functions/prometheus/split-lines.ts';

const REQUESTS: Wanted = { selector: { name: 'requests_total' }, series: true };

function collect(text: string, wanted: readonly Wanted[] = [REQUESTS], pieces: readonly number[] = []) {
  const collector = createCollector(wanted);
  let rest = Buffer.from(text);
  for (const piece of pieces) {
    collector.write(rest.subarray(0, piece));
    rest = rest.subarray(piece);
  }
  collector.write(rest);
  const { selections, ...counts } = collector.end();
  return { ...counts, of: (selector: Wanted['selector']) => selections.get(keyOf(selector)) };
}

describe('a text of metrics', () => {
  const text = [
    '# HELP requests_total Requests {"not": a sample}.',
    '# TYPE requests_total counter',
    'requests_total{status="200",path="/a"} 10',
    'requests_total{status="200",path="/b"} 20 1395066363000',
    'requests_total{status="500",path="/a"} 3',
    '',
    '   # a comment',
    'up 1',
    'requests_duration_seconds_sum NaN',
  ];

  it.each(['\n', '\r\n'])('is read with lines that end in %j', (end) => {
    const result = collect(text.join(end) + end);
    expect(result).toMatchObject({ samples: 5, broken: 0, ended: false });
    expect(result.of({ name: 'requests_total' })).toMatchObject({ count: 3, sum: 33, spoilt: undefined });
  });

  it.each([
    [{ status: '200' }, 30],
    [{ status: { startsWith: '5' } }, 3],
    [{ status: { oneOf: ['500', '404'] } }, 3],
    [{ status: { noneOf: ['200'] } }, 3],
    [{ status: '200', path: '/b' }, 20],
    [{ missing: '' }, 33],
    [{ missing: 'x' }, 0],
  ] as const)('is selected from by %j', (labels, sum) => {
    const selector = { name: 'requests_total', labels } as Wanted['selector'];
    expect(collect(`${text.join('\n')}\n`, [{ selector, series: false }]).of(selector)?.sum).toBe(sum);
  });

  it('is the same in whatever pieces it comes', () => {
    const odd = 'requests_total{a="späť 🙂"} 1\r\nrequests_total 2\n\n# EOF\nrequests_total 3';
    const whole = collect(odd);
    expect(whole).toMatchObject({ samples: 2, broken: 1, ended: true });
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 40 }), (pieces) => {
        const result = collect(odd, [REQUESTS], pieces);
        expect(result).toMatchObject({ samples: 2, broken: 1, ended: true });
        expect(result.of(REQUESTS.selector)?.series).toEqual(whole.of(REQUESTS.selector)?.series);
      }),
    );
  });

  it('counts broken lines, and does not trust what is among them', () => {
    const result = collect('up 1\nup{ 1\nnonsense\n');
    expect(result).toMatchObject({ samples: 1, broken: 2 });
    expect(result.of(REQUESTS.selector)?.spoilt).toBeUndefined();
    expect(collect('requests_total 1\nrequests_total{a=} 5\n').of(REQUESTS.selector)?.spoilt).toBe(
      'a line of it is broken',
    );
  });

  it('does not take a number that was cut off for a whole one', () => {
    const result = collect('requests_total{a="1"} 10\nrequests_total{a="2"} 12345');
    expect(result).toMatchObject({ samples: 1, broken: 1 });
    expect(result.of(REQUESTS.selector)?.spoilt).toBeDefined();
  });

  it.each([
    ['# EOF', 0],
    ['# EOF\n', 0],
    ['# EOF\n\n', 0],
    ['# EOF\nup 1\n', 1],
  ])('ends with %j', (end, broken) => {
    expect(collect(`up 1\n${end}`)).toMatchObject({ samples: 1, broken, ended: true });
  });

  it.each([1, 100, 65_536])('puts up with a line that is too long, in pieces of %d bytes', (size) => {
    const long = `requests_total{a="${'x'.repeat(LONGEST_LINE)}"} 5\nup 1\n`;
    const pieces = Array<number>(Math.ceil(long.length / size)).fill(size);
    const result = collect(long, [REQUESTS], pieces);
    expect(result).toMatchObject({ samples: 1, broken: 1 });
    expect(result.of(REQUESTS.selector)?.spoilt).toBeDefined();
  });

  it('reads a line that is just not too long', () => {
    const [head, tail] = ['requests_total{a="', '"} 5'];
    const line = `${head}${'x'.repeat(LONGEST_LINE - head.length - tail.length)}${tail}`;
    expect(collect(`${line}\n`)).toMatchObject({ samples: 1, broken: 0 });
    expect(collect(`\n${line}\n`)).toMatchObject({ samples: 1, broken: 0 });
    expect(collect(`\n${line}x\n`)).toMatchObject({ samples: 0, broken: 1 });
  });

  it('tells series apart by name and labels, in whatever order these stand', () => {
    const keys = (text: string) => [...(collect(text).of(REQUESTS.selector)?.series.keys() ?? [])];
    expect(keys('requests_total{a="1",b="2"} 1\n')).toEqual(keys('requests_total{b="2", a="1"} 5\n'));
    expect(keys('requests_total{a="1",b="2"} 1\n')).not.toEqual(keys('requests_total{a="1,b=2"} 1\n'));
  });

  it('keeps no more series than it may, and says so', () => {
    const line = (_: unknown, index: number) => `requests_total{id="${index}"} 1\n`;
    const just = collect(Array.from({ length: MOST_SERIES }, line).join('')).of(REQUESTS.selector);
    expect(just).toMatchObject({ sum: MOST_SERIES, spoilt: undefined });
    const more = collect(Array.from({ length: MOST_SERIES + 500 }, line).join('')).of(REQUESTS.selector);
    expect(more?.spoilt).toBe(`it has more than ${MOST_SERIES} series`);
    expect(more?.series.size).toBeLessThanOrEqual(MOST_SERIES + 1);
  });

  it('adds up what two assertions want of the same series', () => {
    const other = { ...REQUESTS, series: false };
    for (const wanted of [
      [REQUESTS, other],
      [other, REQUESTS],
    ])
      expect(collect('requests_total 5\n', wanted).of(REQUESTS.selector)).toMatchObject({
        sum: 5,
        series: { size: 1 },
      });
  });
});

describe('two million series', () => {
  const program = fileURLToPath(new URL('./read-two-million-series.ts', import.meta.url));
  const run = () => promisify(execFile)(process.execPath, ['--max-old-space-size=48', program]);

  it('are read in a heap that could not hold them', async () => {
    const { samples, sum, bytes, maximumRss } = JSON.parse((await run()).stdout);
    expect(samples).toBe(2_000_000);
    expect(sum).toBe(1000);
    expect(bytes).toBeGreaterThan(200_000_000);
    // Kibibytes: buffers do not count as heap.
    expect(maximumRss * 1024).toBeLessThan(bytes * 1.25);
  });
});
