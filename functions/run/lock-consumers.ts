import type { Lock, Run } from '../../schemas/run.ts';
import type { Target } from '../../schemas/target.ts';
import { Refused } from '../errors.ts';
import { acquireLocks } from './lock.ts';
import { readRecord, updateRecord } from './run-record.ts';
import { whoIs } from './who-is-at-work.ts';

/**
 * Takes the locks of everything that a run will change beside its target.
 *
 * @throws Refused when another run is at work on some of it; none of the locks is taken then
 */
export async function lockConsumers(
  run: Run,
  target: Target['kind'],
  keys: readonly string[],
  lifeSeconds: number,
): Promise<Lock[]> {
  if (keys.length === 0) return [];
  // Before they are taken: whatever happens then, closing the run gives them back.
  await updateRecord(run.id, { alsoLocked: [...keys] });
  const acquired = await acquireLocks(keys, run, lifeSeconds);
  if (acquired.held) return acquired.locks;
  const { key, owner } = acquired;
  throw new Refused(
    `${whoIs(owner, await readRecord(owner))} holds the lock of ${key}, which this run would ${whatFor(key, target)}. Nothing was changed. Start this run again when that one has ended.`,
    { lock: key, owner },
  );
}

function whatFor(key: string, target: Target['kind']): string {
  if (target === 'database') return 'stop and start';
  return key.startsWith('secret/') ? 'rotate' : 'deploy anew';
}
