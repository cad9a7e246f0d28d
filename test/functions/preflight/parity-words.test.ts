import { describe, expect, it } from 'vitest';
import { parityWords } from '../../../functions/preflight/parity-words.ts';
import type { Verdict } from '../../../schemas/finding.ts';

const words = (others: readonly string[], ...verdicts: Verdict[]) =>
  parityWords(
    'api',
    'api:2',
    others,
    verdicts.map((verdict, index) => ({
      name: `check ${index}`,
      passed: verdict === 'pass' || verdict === 'warn',
      verdict,
      measured: 'seen',
      at: '2026-11-21T03:00:00Z',
    })),
  );

describe('the words of a comparison', () => {
  it.each<[readonly string[], Verdict[], string, RegExp]>([
    [['staging'], ['pass'], 'api is the same as in staging, but for what is declared', /^Yes/],
    [
      ['staging', 'test'],
      ['pass', 'warn'],
      'api is the same as in staging, test, but for what is declared; 1 warning',
      /^Yes, with 1 warning/,
    ],
    [['staging'], ['pass', 'fail'], 'api differs from staging in what nobody has declared', /^No: 1 of 2 /],
    [['staging'], ['unknown'], 'Whether api is the same as in staging is not known', /^Nobody can tell/],
    [[], ['warn'], 'api:2 was compared with nothing; its fingerprint was kept', /^Nobody can tell/],
  ])('with %j, of which it found %j', (others, verdicts, title, fine) => {
    expect(words(others, ...verdicts)).toMatchObject({ title, fine: expect.stringMatching(fine) });
  });
});
