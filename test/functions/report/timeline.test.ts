import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTimeline } from '../../../functions/report/timeline.ts';
import { aLog, aPlan, aRecord, at, SECRETS } from './a-run.ts';

const NAME = '[A-Za-z][\\w:.-]*';
const MARKUP = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, 'y');
/** What XML 1.0 calls a character. @see https://www.w3.org/TR/xml/#charsets */
const CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
const TEXT = /(?:[^<&]|&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)+/y;

/** Why a document is not well-formed XML, or undefined when it is: tags match, texts and attributes are escaped. */
function whyNotXml(document: string): string | undefined {
  if (!CHARACTERS.test(document)) return 'a character that XML does not know';
  const open: string[] = [];
  for (let at = 0; at < document.length; ) {
    const pattern = document[at] === '<' ? MARKUP : TEXT;
    pattern.lastIndex = at;
    const match = pattern.exec(document);
    if (!match) return `neither markup nor text: ${document.slice(at, at + 40)}`;
    at = pattern.lastIndex;
    if (pattern === TEXT) {
      if (open.length === 0) return 'text outside of the root';
      continue;
    }
    const [, closing, name = '', attributes = '', empty] = match;
    if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/.test(attributes)) return `attributes of ${name}`;
    if (closing && open.pop() !== name) return `${name} is closed but was not open`;
    if (!closing && !empty) open.push(name);
    if (open.length === 0 && at < document.length) return 'more than one root';
  }
  return open.length > 0 ? `${open.at(-1)} is not closed` : undefined;
}

/** Any text at all: lone surrogates, control characters and markup among it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", ']]>', '<!--', '&amp;', '\u0000', '\u001b', 'x'),
  }),
);
const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
const bands = (svg: string) =>
  [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(width),
  ]);

describe('what these tests take for well-formed', () => {
  it.each([
    ['<a b="c">d &amp; e<f/></a>', true],
    ['<a>', false],
    ['<a></b>', false],
    ['<a>&</a>', false],
    ['<a>&nbsp;</a>', false],
    ['<a b="&">c</a>', false],
    ['<a b="<">c</a>', false],
    ['<a>\u0000</a>', false],
    ['<a>\ud800</a>', false],
    ['<a/><b/>', false],
  ])('%j: %s', (document, expected) => {
    expect(whyNotXml(document) === undefined).toBe(expected);
  });
});

describe('the timeline', () => {
  it('is well-formed whatever the texts of a run hold', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), anyText, (summaries, target) => {
        const entries = aLog(summaries.map((summary) => ({ phase: 'plan', kind: 'observation', summary })));
        expect(whyNotXml(renderTimeline({ record: aRecord({ target }), entries }))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('shows a text as it was written', () => {
    const svg = renderTimeline({
      record: aRecord(),
      entries: aLog([{ phase: 'open', kind: 'trigger', summary: 'a < b & "c" > d' }]),
    });
    expect(texts(svg)).toContain('a &lt; b &amp; &quot;c&quot; &gt; d');
  });

  it('cuts a long text, and never a character in two', () => {
    const entries = aLog([{ phase: 'open', kind: 'trigger', summary: '🌙'.repeat(200) }]);
    expect(texts(renderTimeline({ record: aRecord(), entries })).at(-1)).toBe(`${'🌙'.repeat(47)}…`);
  });

  it('has no bands and no rows for a run of which nothing is known', () => {
    const { outcome: _, closedAt: _closedAt, ...record } = aRecord();
    const svg = renderTimeline({ record, entries: [] });
    expect(whyNotXml(svg)).toBeUndefined();
    expect(bands(svg)).toEqual([]);
    expect(texts(svg)).toEqual([
      'roll-back-service on service/api: unfinished',
      '2026-11-21T03:00:00Z',
      '5 s in all',
    ]);
  });

  it.each([
    ['refused', 'open'],
    ['joined', 'open'],
    ['failed', 'plan'],
  ] as const)('shows a run that was %s after its phase %s', (outcome, phase) => {
    const svg = renderTimeline({
      record: aRecord({ outcome }),
      entries: aLog([
        { phase, kind: 'decision', summary: 'decided' },
        { phase: 'close', kind: 'outcome', summary: 'ended' },
      ]),
    });
    expect(texts(svg)).toEqual(
      expect.arrayContaining([`roll-back-service on service/api: ${outcome}`, 'decided', 'ended']),
    );
    expect(bands(svg)).toHaveLength(2);
  });

  it('counts the time before an entry to its phase: it is written when its work is done', () => {
    const svg = renderTimeline({
      record: aRecord({}),
      entries: aLog([
        { phase: 'act', kind: 'observation', summary: 'steady', at: at('03:00:10') },
        { phase: 'verify', kind: 'check', summary: 'passed', at: at('03:02:10') },
      ]),
    });
    const [act, verify] = bands(svg);
    expect(verify?.[1]).toBeGreaterThan(10 * (act?.[1] ?? 0));
  });

  it('draws phases in a row to scale, within the picture', () => {
    const phases = ['open', 'plan', 'act', 'verify', 'close'] as const;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...phases), fc.integer({ min: 0, max: 7200 })), { minLength: 1 }),
        (steps) => {
          const sorted = steps.toSorted(([, left], [, right]) => left - right);
          const entries = aLog(
            sorted.map(([phase, second]) => ({
              phase,
              kind: 'observation',
              summary: 'x',
              at: new Date(Date.parse(at('03:00:05')) + second * 1000).toISOString(),
            })),
          );
          const record = aRecord({ closedAt: at('05:00:05'), plan: aPlan });
          let end = 0;
          for (const [x = 0, width = 0] of bands(renderTimeline({ record, entries }))) {
            expect(x).toBeGreaterThanOrEqual(24);
            expect(x).toBeGreaterThanOrEqual(end - 2.2);
            // A phase of no length is still two wide.
            expect(x + width).toBeLessThanOrEqual(960 - 24 + 2.1);
            end = x + width;
          }
        },
      ),
    );
  });

  it.each(['yesterday', '2999-01-01T00:00:00Z'])(
    'is drawn for a first sign that was typed as %s',
    (typed) => {
      const record = aRecord({}, { trigger: { kind: 'person', at: typed } });
      const entries = aLog([{ phase: 'open', kind: 'trigger', summary: 'started', at: at('03:00:06') }]);
      const svg = renderTimeline({ record, entries });
      expect(texts(svg)).toEqual(expect.arrayContaining(['2026-11-21T03:00:05Z', '+1 s', '4 min in all']));
    },
  );

  it.each(SECRETS)('does not show the secret in: %s', (summary, secret) => {
    const entries = aLog([{ phase: 'open', kind: 'trigger', summary }]);
    const svg = renderTimeline({ record: aRecord(), entries });
    expect(svg).toContain('***');
    expect(svg).not.toContain(secret);
  });
});
