import * as z from 'zod/mini';
import { DRILL_METRIC } from '../../schemas/names.ts';
import { readTargets } from '../run/directory.ts';
import { metrics } from '../step/observability.ts';
import { step } from '../step.ts';
import { readDrills, watchedSince } from './drill-record.ts';

const Input = z.unknown();
const Output = z.object({ days: z.record(z.string(), z.number()) });
type Output = z.infer<typeof Output>;

const DAY_MILLISECONDS = 86_400_000;
/** Drills may fail for a while; the last one that passed is looked for among so many. */
const MOST_DRILLS = 100;

/** Counts, for each database, the days since a drill has passed: an alarm watches the figure (P-34). */
export const handler = step({
  name: 'watch-drills',
  phase: 'verify',
  input: Input,
  output: Output,
  run: watch,
});

async function watch(): Promise<Output> {
  const now = new Date();
  const days: Record<string, number> = {};
  for (const { name } of await readTargets('database')) {
    const since = await watchedSince(name, now.toISOString());
    const passed = (await readDrills(name, MOST_DRILLS)).find((drill) => drill.passed);
    days[name] = (now.getTime() - Date.parse(passed?.at ?? since)) / DAY_MILLISECONDS;
    const metric = metrics.singleMetric();
    metric.addDimension('database', name);
    metric.addMetric(DRILL_METRIC, 'Count', days[name]);
  }
  return { days };
}
