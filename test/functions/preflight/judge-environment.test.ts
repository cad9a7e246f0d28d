import { describe, expect, it } from 'vitest';
import type { Given } from '../../../functions/preflight/environment.ts';
import { judgeEnvironment } from '../../../functions/preflight/judge-environment.ts';
import type { PreflightRules } from '../../../schemas/preflight/rules.ts';

const RULES: PreflightRules = {
  require: ['A'],
  conditional: [],
  formats: { API_TOKEN: { kind: 'integer' } },
  forbidden: { values: [], hosts: [], localHosts: false, except: [] },
  secrets: {},
};
const judge = (variables: Record<string, string>, files = 0, rules: PreflightRules | undefined = RULES) =>
  judgeEnvironment(
    rules,
    new Map(Object.entries(variables).map(([name, value]): [string, Given] => [name, { value }])),
    files,
  );
const gist = (found: ReturnType<typeof judge>) => found.map(({ check, verdict }) => `${check}: ${verdict}`);

describe('judgeEnvironment', () => {
  it('names every problem, and how much is in order', () => {
    expect(gist(judge({ API_TOKEN: 'hunter2' }))).toEqual([
      'require[0] (A): fail',
      'formats (API_TOKEN): fail',
      'environment: pass',
    ]);
    expect(JSON.stringify(judge({ API_TOKEN: 'hunter2' }))).not.toContain('hunter2');
  });

  it('does not claim that a variable is missing which a file may set', () => {
    const found = judge({ API_TOKEN: 'x' }, 1);
    expect(gist(found).toSorted()).toEqual([
      'environment files: unknown',
      'environment: pass',
      'formats (API_TOKEN): fail',
      'require[0] (A): unknown',
    ]);
    expect(found.find(({ check }) => check.startsWith('require'))?.observed).toBe(
      'it is not set, unless a file sets it',
    );
    // It is there, and empty: a file does not change that.
    expect(gist(judge({ A: '' }, 1))).toContain('require[0] (A): fail');
  });

  it('warns where nothing is declared', () => {
    expect(judgeEnvironment(undefined, new Map(), 0)).toMatchObject([{ verdict: 'warn' }]);
  });

  it.each([
    ['a byte order mark', '\uFEFFx', true],
    ['the end of a line', 'x\n', true],
    ['the end of a line of Windows', 'x\r\n', true],
    ['half of such an end', 'x\r', true],
    ['several lines', '-----BEGIN-----\nx\n-----END-----\n', false],
    ['an equals sign and quotes', '"a=b"', false],
    ['only line ends', '\n', false],
  ])('a value with %s: warns %s', (_, value, warns) => {
    expect(gist(judge({ A: 'x', Z: value })).includes('value (Z): warn')).toBe(warns);
  });
});
