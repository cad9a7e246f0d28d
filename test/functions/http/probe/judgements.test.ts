import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCorrelation } from '../../../../functions/http/probe/correlation-id.ts';
import { ProbeFailure } from '../../../../functions/http/probe/failure.ts';
import { judgeJson } from '../../../../functions/http/probe/json-assertion.ts';
import { select } from '../../../../functions/http/probe/json-path.ts';
import { judgeAnswer } from '../../../../functions/http/probe/judge-answer.ts';
import { judgeLatency } from '../../../../functions/http/probe/latency.ts';
import type { ProbeAnswer } from '../../../../functions/http/probe/probe.ts';
import { JsonAssertion } from '../../../../schemas/health/json-assertion.ts';
import { parsePath } from '../../../../schemas/health/json-path.ts';

const answer = (body: unknown, rest: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
  status: 200,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
  bytes: 100,
  truncated: false,
  url: 'http://a.test/',
  redirects: 0,
  connectMilliseconds: 1,
  firstByteMilliseconds: 2,
  milliseconds: 3,
  certificateExpiresAt: undefined,
  ...rest,
});

describe('a path', () => {
  const document = {
    a: { b: [10, { c: 'x' }] },
    checks: { database: { status: 'ok' }, cache: { status: 'down' }, queue: 'ok' },
    'odd name.': true,
    nothing: null,
    zero: 0,
  };
  it.each([
    ['$', [document]],
    ['$.a.b[0]', [10]],
    ['$.a.b[1].c', ['x']],
    ['$.a.b[2]', []],
    ['$.a.b[*]', [10, { c: 'x' }]],
    ['$.checks[*].status', ['ok', 'down']],
    ['$.checks.*.status', ['ok', 'down']],
    ["$['odd name.']", [true]],
    ['$["odd name."]', [true]],
    ['$.nothing', [null]],
    ['$.nothing.more', []],
    ['$.zero', [0]],
    ['$.a.b.length', []],
    ['$.checks[0]', []],
    ['$.toString', []],
    ['$.__proto__', []],
    ['$.constructor.name', []],
  ])('%s finds %j', (path, values) => {
    expect(select(document, path).map(({ value }) => value)).toEqual(values);
  });

  it.each(['', 'a', '.a', '$a', '$.', '$..a', '$.a[', '$.a[-1]', '$.a[?(@.b)]', '$.a[1:2]', '$.a b', "$['a"])(
    '%j is not understood',
    (path) => {
      expect(parsePath(path)).toBeUndefined();
      expect(JsonAssertion.safeParse({ path }).success).toBe(false);
    },
  );

  it('leads to every value of a document by the path that it is found under', () => {
    const every = (value: unknown, path: string): Array<[string, unknown]> => [
      [path, value],
      ...(Array.isArray(value)
        ? value.flatMap((child, index) => every(child, `${path}[${index}]`))
        : typeof value === 'object' && value !== null
          ? Object.entries(value).flatMap(([key, child]) => every(child, `${path}['${key}']`))
          : []),
    ];
    const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("'"));
    fc.assert(
      fc.property(json, (value) => {
        for (const [path, child] of every(value, '$'))
          expect(select(value, path)).toEqual([{ path, value: child }]);
      }),
    );
  });

  it('is refused in no more than a moment, however long', () => {
    expect(parsePath(`$${'.a'.repeat(50_000)}[`)).toBeUndefined();
  });
});

describe('an assertion on JSON', () => {
  const document = {
    version: 7,
    status: 'ok',
    checks: { a: 'ok', b: { status: 'down' }, c: true },
    list: [1, 'two'],
  };
  it.each([
    [{ path: '$.version', equals: 7 }, 'pass', "$['version'] is 7"],
    [{ path: '$.version', equals: '7' }, 'fail', "$['version'] is 7"],
    [{ path: '$.version', atLeast: 7, atMost: 7 }, 'pass', 'is 7'],
    [{ path: '$.version', atLeast: 8 }, 'fail', 'is 7'],
    [{ path: '$.status', atLeast: 0 }, 'fail', 'is "ok"'],
    [{ path: '$.status', oneOf: ['ok', 'degraded'] }, 'pass', 'is "ok"'],
    [{ path: '$.status', oneOf: ['degraded'] }, 'fail', 'is "ok"'],
    [{ path: '$.checks[*]', ready: true }, 'fail', "$['checks']['b'] is an object"],
    [{ path: '$.checks.a', ready: true }, 'pass', 'is "ok"'],
    [{ path: '$.checks.b', ready: false }, 'pass', 'is an object'],
    [{ path: '$.missing' }, 'fail', 'not there'],
    [{ path: '$.missing', equals: 1 }, 'fail', 'not there'],
    [{ path: '$.missing[*]', ready: true }, 'fail', 'not there'],
    [{ path: '$.missing', present: false }, 'pass', 'not there'],
    [{ path: '$.version', present: false }, 'fail', "there: $['version']"],
    [{ path: '$.version' }, 'pass', 'is 7'],
  ] as const)('%j: %s', (assertion, verdict, observed) => {
    expect(judgeJson(document, assertion as unknown as JsonAssertion)).toMatchObject({
      verdict,
      observed: expect.stringContaining(observed),
    });
  });

  it('names what fails, and not all of it', () => {
    const { observed } = judgeJson([1, 2, 3, 4, 5, 9], { path: '$[*]', atLeast: 9 });
    expect(observed).toBe('$[0] is 1, $[1] is 2, $[2] is 3 and 2 more');
  });

  it('repeats no text of an answer, which may be somebody’s data, whether it holds or not', () => {
    const rows = [{ name: 'Ada Lovelace' }, { name: 'ada@example.com' }];
    expect(judgeJson(rows, { path: '$[*].name' })).toMatchObject({
      verdict: 'pass',
      observed: "$[0]['name'] is a text of 12 characters, $[1]['name'] is a text of 15 characters",
    });
    expect(judgeJson(rows, { path: '$[0].name', equals: 'Grace' }).observed).toBe(
      "$[0]['name'] is a text of 12 characters",
    );
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        const { observed } = judgeJson({ a: text, [text]: 1 }, { path: '$[*]', equals: false });
        expect(observed).not.toContain(text);
      }),
    );
  });

  it('repeats the words that health answers use, and what was declared', () => {
    expect(judgeJson({ status: 'Degraded' }, { path: '$.status', ready: true }).observed).toBe(
      '$[\'status\'] is "Degraded"',
    );
    expect(judgeJson('eu-west', { path: '$', oneOf: ['eu-west', 'us-east'] }).observed).toBe(
      '$ is "eu-west"',
    );
  });

  it('names keys that nobody has declared only where they look like names in a program', () => {
    const { observed } = judgeJson(
      { checks: { queue: 'down', 'ada@example.com': 'down' } },
      {
        path: '$.checks[*]',
        ready: true,
      },
    );
    expect(observed).toBe("$['checks']['queue'] is \"down\", $['checks'][*] is \"down\"");
  });
});

describe('an answer', () => {
  const json = [{ path: '$.status', equals: 'ok' }];
  const verdicts = (...parameters: Parameters<typeof judgeAnswer>) =>
    judgeAnswer(...parameters).map(({ check, verdict, observed }) => [check, verdict, observed]);

  it.each([
    ['good', answer({ status: 'ok' }), 'pass', '$[\'status\'] is "ok"'],
    ['HTML', answer('<html>'), 'fail', 'answered HTML instead of JSON'],
    ['broken', answer('{"status":"ok"'), 'fail', 'answered broken JSON'],
    ['empty', answer(' '), 'fail', 'answered with an empty body instead of JSON'],
    [
      'too long',
      answer('{"status":"ok"}', { truncated: true }),
      'fail',
      'answered more than the 100 bytes that are read',
    ],
  ] as const)('that is %s', (_, result, verdict, observed) => {
    expect(verdicts(result, { json })).toEqual([
      ['answer', 'pass', 'status 200'],
      ['$.status', verdict, observed],
    ]);
  });

  it('of another status fails, and is looked at all the same', () => {
    const result = answer({ status: 'ok', checks: { cache: 'down' } }, { status: 503 });
    expect(verdicts(result, { json, ready: true })).toEqual([
      ['answer', 'fail', 'status 503'],
      ['readiness', 'fail', 'is not ready: cache'],
      ['$.status', 'pass', '$[\'status\'] is "ok"'],
    ]);
    expect(verdicts(result, { status: [200, 503] })[0]).toEqual(['answer', 'pass', 'status 503']);
  });

  it.each([
    ['timeout', 'fail'],
    ['reset', 'fail'],
    ['certificate', 'fail'],
    ['redirects', 'fail'],
    ['refused', 'unknown'],
    ['not asked', 'unknown'],
  ] as const)('that did not come (%s) is %s, and what it would have said is unknown', (kind, verdict) => {
    expect(verdicts(new ProbeFailure(kind, 'why'), { json, ready: true })).toEqual([
      ['answer', verdict, 'why'],
      ['readiness', 'unknown', 'there is no whole answer'],
      ['$.status', 'unknown', 'there is no whole answer'],
    ]);
  });
});

describe('latency', () => {
  const took = (...times: number[]) => times.map((milliseconds) => ({ milliseconds }));
  const failed = new ProbeFailure('timeout', 'did not answer');
  const limits = { p50Milliseconds: 100, p95Milliseconds: 400 };

  it.each([
    ['fast', took(10, 20, 30, 400), 'pass'],
    ['a slow median', took(10, 101, 102, 103), 'fail'],
    ['a slow tail', took(10, 20, 30, 401), 'fail'],
    ['an answer that did not come', [...took(10, 20, 30), failed], 'fail'],
    ['none', [failed, failed, failed], 'unknown'],
    ['nothing asked', [], 'unknown'],
    ['fewer than wanted', took(10, 20), 'unknown'],
  ] as const)('of %s is judged', (_, results, verdict) => {
    expect(judgeLatency(results, limits, 4).verdict).toBe(verdict);
  });

  it('warns of an answer that did not come where the percentiles hide it', () => {
    const results = [...took(...Array<number>(39).fill(10)), failed];
    expect(judgeLatency(results, limits, 40)).toMatchObject({
      verdict: 'warn',
      observed: 'p50 10 ms, p95 10 ms of 40 samples, 1 without an answer',
    });
  });
});

describe('a correlation id', () => {
  it.each([
    ['any', { 'x-request-id': 'seven' }, undefined, 'pass'],
    ['none', {}, undefined, 'fail'],
    ['an empty one', { 'x-request-id': ' ' }, undefined, 'fail'],
    ['the one that was sent', { 'x-request-id': 'other', 'x-correlation-id': 'sent' }, 'sent', 'pass'],
    ['another than was sent', { 'x-request-id': 'seven' }, 'sent', 'warn'],
  ] as const)('%s', (_, headers, sent, verdict) => {
    expect(judgeCorrelation(answer('', { headers }), undefined, sent).verdict).toBe(verdict);
  });

  it('is unknown without an answer', () => {
    expect(judgeCorrelation(new ProbeFailure('timeout', 'late')).verdict).toBe('unknown');
  });
});
