import type { CheckedTarget, JudgedTarget, UnreadTarget } from '../../../schemas/daily-health.ts';
import { type Finding, gravest, type Verdict } from '../../../schemas/finding.ts';
import type { CheckReport } from '../../../schemas/health.ts';
import type { TargetResult } from './map-result.ts';
import { shorten } from './shorten.ts';

/** So much is kept of one target: reports show less. */
const MOST_FINDINGS = 20;
/** Characters. */
const LONGEST_TEXT = 300;
/** Name of the finding that stands for a check that was not made. */
export const WHOLE_CHECK = 'daily check';

export const GRAVEST_FIRST: readonly Verdict[] = ['fail', 'unknown', 'warn', 'pass'];

/** Puts what is graver before what is milder. */
export function graverFirst(
  left: { readonly verdict: Verdict },
  right: { readonly verdict: Verdict },
): number {
  return GRAVEST_FIRST.indexOf(left.verdict) - GRAVEST_FIRST.indexOf(right.verdict);
}

export const nameOf = ({ kind, name }: Pick<CheckedTarget, 'kind' | 'name'>): string => `${kind}/${name}`;

/** How each declared target is, gravest first. Results of others are left out; a target without any is not known. */
export function judgeTargets(
  targets: readonly CheckedTarget[],
  unread: readonly UnreadTarget[],
  results: ReadonlyMap<string, TargetResult>,
  at: Date,
): JudgedTarget[] {
  const judged = targets.map((one): JudgedTarget => {
    const target = nameOf(one);
    const result = results.get(target);
    return result?.report === undefined
      ? notKnown(target, result?.why ?? 'there is no result of its check', at)
      : judgeReport(target, result.report, at);
  });
  const unknown = unread.map(({ target, why }) => notKnown(target, why, at));
  // In whichever order they were checked.
  return [...judged, ...unknown].toSorted(
    (left, right) => graverFirst(left, right) || byName(left.target, right.target),
  );
}

/** Services first: most of the others are there for them. */
const KINDS = ['service', 'database', 'cache'];
/** As people count: s2 comes before s10. */
const NAMES = new Intl.Collator('en', { numeric: true });

function byName(left: string, right: string): number {
  const kindOf = (target: string) => KINDS.indexOf(target.slice(0, target.indexOf('/')));
  return kindOf(left) - kindOf(right) || NAMES.compare(left, right);
}

function judgeReport(
  target: string,
  { verdict: told, findings, omitted }: CheckReport,
  at: Date,
): JudgedTarget {
  if (findings.length === 0) return notKnown(target, 'its check looked at nothing', at);
  // A report that says less than its findings is not believed.
  const verdict = gravest([told, ...findings.map((one) => one.verdict)]);
  const bad = findings
    .filter((one) => one.verdict !== 'pass')
    .toSorted(graverFirst)
    .slice(0, MOST_FINDINGS)
    .map(shortened);
  const missing =
    bad[0]?.verdict === verdict || verdict === 'pass'
      ? []
      : [
          findingOf(
            {
              verdict,
              observed: `${omitted ?? 'some'} findings did not fit into the report`,
              expected: 'all of them are told',
            },
            at,
          ),
        ];
  const passing = findings.filter((one) => one.verdict === 'pass').map(({ check }) => check);
  return {
    target,
    verdict,
    bad: [...missing, ...bad],
    passed: passing.length,
    passing: [...new Set(passing)],
  };
}

function notKnown(target: string, why: string, at: Date): JudgedTarget {
  const observed = shorten(why, LONGEST_TEXT);
  return {
    target,
    verdict: 'unknown',
    bad: [findingOf({ verdict: 'unknown', observed, expected: 'it can be looked at' }, at)],
    passed: 0,
    passing: [],
  };
}

const findingOf = (judgement: Pick<Finding, 'verdict' | 'observed' | 'expected'>, at: Date): Finding => ({
  check: WHOLE_CHECK,
  ...judgement,
  at: at.toISOString(),
});

const shortened = (one: Finding): Finding => ({
  ...one,
  check: shorten(one.check, LONGEST_TEXT),
  observed: shorten(one.observed, LONGEST_TEXT),
  expected: shorten(one.expected, LONGEST_TEXT),
  ...(one.next === undefined ? {} : { next: shorten(one.next, LONGEST_TEXT) }),
});
