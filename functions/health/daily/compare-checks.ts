import type { CheckChange, JudgedTarget, KeptHealth } from '../../../schemas/daily-health.ts';
import { namesOf } from './compare-days.ts';

/** What is different within the targets that were broken and still are. What was not looked at again is not mended. */
export function compareChecks(
  before: readonly KeptHealth[],
  now: ReadonlyArray<Pick<JudgedTarget, 'target' | 'verdict' | 'bad' | 'passing'>>,
): CheckChange[] {
  const earlier = new Map(before.map((one) => [one.target, one]));
  return now.flatMap((one): CheckChange[] => {
    const known = earlier.get(one.target);
    if (known?.verdict !== 'fail' || one.verdict !== 'fail') return [];
    const [failed, fails] = [namesOf(known, 'fail'), namesOf(one, 'fail')];
    const broken = [...fails].filter((check) => !failed.has(check));
    const gone = [...failed].filter((check) => !fails.has(check));
    const unknown = namesOf(one, 'unknown');
    const well = new Set([...one.passing, ...namesOf(one, 'warn')].filter((check) => !unknown.has(check)));
    if (broken.length + gone.length === 0) return [];
    return [
      {
        target: one.target,
        broken,
        mended: gone.filter((check) => well.has(check)),
        unknown: gone.filter((check) => !well.has(check)),
      },
    ];
  });
}
