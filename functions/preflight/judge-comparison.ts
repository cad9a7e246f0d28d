import type { Fingerprint } from '../../schemas/parity.ts';
import type { Comparison } from './compare-environments.ts';
import type { Named } from './judge-environment.ts';

/** So many are told one by one. */
const LISTED = 40;
/** Clocks of two environments may differ by so much. */
const SKEW_SECONDS = 300;
const EXPECTED = 'must be the same, or be declared under parity.differences';

/** What is said of a comparison: each difference that nobody declared, and how much is the same. */
export function judgeComparison(
  environment: string,
  { differences, unknown, declared, needless, same }: Comparison,
): Named[] {
  const rest = differences.length - LISTED;
  return [
    ...differences.slice(0, LISTED).map(({ what, here, there }) => ({
      check: `${environment} (${what})`,
      verdict: 'fail' as const,
      observed: `is ${here} here, and ${there} there`,
      expected: EXPECTED,
    })),
    ...(rest > 0
      ? [
          {
            check: environment,
            verdict: 'fail' as const,
            observed: `${rest} more differ`,
            expected: EXPECTED,
          },
        ]
      : []),
    ...byReason(unknown).map(([why, names]) => ({
      check: `${environment} (${listed(names)})`,
      verdict: 'unknown' as const,
      observed: why,
      expected: EXPECTED,
    })),
    ...(needless.length === 0
      ? []
      : [
          {
            check: `${environment} (${listed(needless)})`,
            verdict: 'warn' as const,
            observed: 'is declared to differ, and does not',
            expected: 'must differ, or not be declared',
          },
        ]),
    {
      check: environment,
      verdict: 'pass',
      observed: `${same} are the same, ${declared.length} differ as declared`,
      expected: EXPECTED,
    },
  ];
}

/** A fingerprint that is not of yesterday or today says little about today. */
export function whyTooOld(
  { at }: Pick<Fingerprint, 'at'>,
  maxAgeSeconds: number,
  now: Date,
): string | undefined {
  const seconds = (now.getTime() - Date.parse(at)) / 1000;
  if (Number.isNaN(seconds)) return 'nobody can read when its fingerprint was taken';
  // It would never grow old.
  if (seconds < -SKEW_SECONDS)
    return `its fingerprint is of ${at.slice(0, 19)}, in the future: a clock is wrong`;
  return seconds <= maxAgeSeconds
    ? undefined
    : `its fingerprint is ${Math.round(seconds / 3600)} h old, and may be ${Math.round(maxAgeSeconds / 3600)} h`;
}

function byReason(unknown: Comparison['unknown']): Array<[string, string[]]> {
  const grouped = Map.groupBy(unknown, ({ why }) => why);
  return [...grouped].map(([why, members]) => [why, members.map(({ what }) => what)]);
}

/** Names in one line. */
function listed(names: readonly string[]): string {
  const rest = names.length - 10;
  return `${names.slice(0, 10).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
