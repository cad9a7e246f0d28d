import type { Check } from '../../schemas/run.ts';
import type { RestorePolicy } from '../../schemas/target.ts';
import { duration } from '../report/timings.ts';
import type { Drill } from './drill-record.ts';

/** Earlier drills that are shown beside the new figures. */
const MOST_EARLIER = 4;

/** Figures of a drill as checks: measured, compared with the objectives where there are any, and with the drills before. */
export function judgeDrill(
  drill: Pick<Drill, 'at' | 'recoverySeconds' | 'recoveryPointSeconds'>,
  earlier: readonly Drill[],
  objectives: Pick<RestorePolicy, 'recoveryTimeObjectiveSeconds' | 'recoveryPointObjectiveSeconds'>,
): Check[] {
  const check = (
    name: string,
    of: (drill: Pick<Drill, 'recoverySeconds' | 'recoveryPointSeconds'>) => number,
    limit: number | undefined,
  ): Check => {
    const seconds = of(drill);
    const before = earlier.slice(0, MOST_EARLIER).map((one) => duration(of(one)));
    return {
      name,
      passed: limit === undefined || seconds <= limit,
      measured: [
        duration(seconds),
        ...(limit === undefined ? [] : [`objective ${duration(limit)}`]),
        before.length === 0 ? 'the first drill' : `drills before, newest first: ${before.join(', ')}`,
      ].join('; '),
      at: drill.at,
    };
  };
  return [
    check('recovery time', ({ recoverySeconds }) => recoverySeconds, objectives.recoveryTimeObjectiveSeconds),
    check(
      'recovery point',
      ({ recoveryPointSeconds }) => recoveryPointSeconds,
      objectives.recoveryPointObjectiveSeconds,
    ),
  ];
}
