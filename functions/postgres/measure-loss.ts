import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { Loss, RecoveryPoint, Situation } from '../rds/state.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { readLogin } from './login.ts';
import { compareWithManifest } from './manifest/compare-with-manifest.ts';
import { type Counted, countLoss } from './manifest/count-loss.ts';
import { readManifest, type StoredManifest } from './manifest/store.ts';
import { sessionsOf, withinTime } from './manifest/within-time.ts';
import { openSession } from './session.ts';
import { failure } from './validate/check.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  recoveryPoint: RecoveryPoint,
});
type Input = z.infer<typeof Input>;

/** A plan is waited for, perhaps at 03:00: counting gets so long, and then the plan goes on without it. Milliseconds. */
const BUDGET_MILLISECONDS = 240_000;

/** Measures what going back would lose. A database that does not answer is an answer: then only the time is known. */
export const handler = step({
  name: 'measure-loss',
  phase: 'plan',
  input: Input,
  output: Loss,
  run: measure,
});

async function measure({ run, target, situation, recoveryPoint }: Input, tools: StepTools): Promise<Loss> {
  if (recoveryPoint.kind === 'none') return { seconds: 0, tables: [], returning: [], warnings: [] };
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(recoveryPoint.at)) / 1000));
  const counted = await count(target, situation, recoveryPoint);
  const rows = counted.tables?.reduce((sum, table) => sum + table.rows, 0);
  await audit(
    run.id,
    tools,
    'observation',
    `Going back would lose ${seconds} s${rows === undefined ? '' : ` and ${rows} rows`}; ${counted.returning.length} damaged tables would come back.`,
    { seconds, rows: rows ?? null, warnings: counted.warnings },
  );
  return { seconds, ...counted };
}

async function count(
  target: DatabaseTarget,
  { instance }: Situation,
  { manifest: key, at }: RecoveryPoint,
): Promise<Counted> {
  const notCounted = (why: string): Counted => ({
    tables: null,
    returning: [],
    warnings: [`How many rows would be lost could not be counted: ${why}.`],
  });
  if (instance === null) return notCounted(`there is no instance ${target.instance}`);
  if (key === null) return notCounted('there is no manifest to count from');
  try {
    const stored = await readManifest(key);
    if (stored === undefined) return notCounted(`its manifest ${key} is gone`);
    return countLoss(await compare(target, stored), stored.takenAt, at);
  } catch (error) {
    return notCounted(failure(error));
  }
}

async function compare(target: DatabaseTarget, { manifest }: StoredManifest) {
  const login = await readLogin(target);
  // One short attempt first: a server that is gone must not cost the time of many.
  await (await openSession(login)).close();
  const { excludedSchemas } = target.manifest;
  return withinTime(BUDGET_MILLISECONDS, sessionsOf(login, BUDGET_MILLISECONDS), (connect, limits) =>
    compareWithManifest(connect, manifest, { ...limits, excludedSchemas }),
  );
}
