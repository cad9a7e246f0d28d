import { exceedsTolerance } from './failure-tolerance.ts';
import type { MapRun } from './map-run.ts';
import type { TaskScope } from './task-scope.ts';

/** Step Functions runs no more child executions of one Map Run at a time. */
const LARGEST_CONCURRENCY = 10_000;

/**
 * Runs the child executions of a Map Run, as many at a time as it may, until all have ended, too many have failed, or the
 * parent has been stopped: those that run then are stopped, and the others stay pending.
 *
 * @returns whether more have failed than tolerated
 */
export async function runChildren(scope: TaskScope, run: MapRun): Promise<boolean> {
  const pending = run.batches.values();
  const total = run.batches.reduce((sum, { items }) => sum + items, 0);
  let failed = 0;
  let exceeded = false;
  const stopAll = () => {
    for (const child of run.children.values()) child.end('ABORTED');
  };
  const worker = async () => {
    for (const batch of pending) {
      if (exceeded || scope.signal.aborted) return;
      const child = scope.startChild(run, batch);
      run.children.set(batch.name, child);
      await child.ended;
      if (child.status !== 'FAILED' && child.status !== 'TIMED_OUT') continue;
      failed += batch.items;
      if (exceeded || !exceedsTolerance(run.tolerance, failed, total)) continue;
      exceeded = true;
      stopAll();
    }
  };
  scope.signal.addEventListener('abort', stopAll, { once: true });
  const workers = Math.min(
    run.maxConcurrency || LARGEST_CONCURRENCY,
    LARGEST_CONCURRENCY,
    run.batches.length,
  );
  await Promise.all(Array.from({ length: workers }, worker));
  scope.signal.removeEventListener('abort', stopAll);
  return exceeded;
}
