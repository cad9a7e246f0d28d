import type { JudgedDay, JudgedTarget } from '../../../schemas/daily-health.ts';
import type { Check, Evidence } from '../../../schemas/run.ts';
import { findingWords } from '../finding-words.ts';
import { shorten } from './shorten.ts';

/** Each is a part of the state, of the record and of what the execution fails with. */
const MOST_CHECKS = 100;
const LONGEST_MEASURED = 100;
const MOST_NAMED = 3;

/** What a daily check proves: good only where nothing failed and nothing is unknown. */
export function dayEvidence({ at, targets }: Pick<JudgedDay, 'at' | 'targets'>): Evidence {
  const bad = targets.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  const others = targets.length - bad.length;
  const more = bad.length - MOST_CHECKS;
  return {
    passed: bad.length === 0,
    checks: [
      ...bad.slice(0, MOST_CHECKS).map((one) => checkOf(one, at)),
      ...(more > 0
        ? [{ name: 'further targets', passed: false, measured: `${more} more are broken or not known`, at }]
        : []),
      ...(others > 0 || bad.length === 0
        ? [
            {
              name: bad.length === 0 ? 'all targets' : 'all others',
              passed: true,
              measured: worded(others),
              at,
            },
          ]
        : []),
    ],
  };
}

const worded = (count: number) =>
  count === 0 ? 'nothing is declared' : `${count} ${count === 1 ? 'works' : 'work'}`;

function checkOf({ target, verdict, bad }: JudgedTarget, at: string): Check {
  const gravest = bad.filter((one) => one.verdict === verdict);
  const words = gravest.slice(0, MOST_NAMED).map(findingWords);
  return {
    name: target,
    passed: false,
    verdict,
    measured: shorten(words.join('; '), LONGEST_MEASURED),
    at,
  };
}
