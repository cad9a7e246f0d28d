import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { Tag } from '../../schemas/names.ts';
import { type Check, Evidence, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { RunbookError, Transient } from '../errors.ts';
import { readManifest, type StoredManifest } from '../postgres/manifest/store.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { judgeSnapshots, type ManifestFound } from './judge-snapshots.ts';
import { findSnapshot, listManualSnapshots } from './list-snapshots.ts';
import { snapshotName } from './snapshot-name.ts';
import { AppliedRetention, Situation, TakenManifest } from './state.ts';

/** What was just written may not be described yet: what is not as it should be is looked at again. */
const MOST_LOOKS = 3;
const PAUSE_MILLISECONDS = 2000;

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  plan: Plan,
  manifest: TakenManifest,
  retention: AppliedRetention,
});
type Input = z.infer<typeof Input>;

/** Looks afresh at what there is now: the new snapshot, its manifest, and what retention promises (P-30, P-31). */
export const handler = step({
  name: 'verify-snapshots',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: verify,
});

async function verify(input: Input, tools: StepTools): Promise<Evidence> {
  await updateRecord(input.run.id, { phase: 'verify' });
  let checks = await look(input);
  for (let looks = 1; looks < MOST_LOOKS && !checks.every(({ passed }) => passed); looks += 1) {
    await sleep(PAUSE_MILLISECONDS, undefined, { signal: tools.signal });
    checks = await look(input);
  }
  for (const { name, passed, measured } of checks)
    await audit(input.run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return { passed: checks.every(({ passed }) => passed), checks };
}

async function look({ run, target, situation, plan, manifest, retention }: Input): Promise<Check[]> {
  const identifier = snapshotName(target.name, run);
  const snapshot = await findSnapshot(identifier);
  return judgeSnapshots({
    run,
    target,
    deployment: environment('deployment'),
    identifier,
    snapshot,
    instance: situation.instance,
    manifest: await findManifest(snapshot?.tags[Tag.manifest], manifest.why),
    snapshots: await listManualSnapshots(),
    goodBefore: Number(plan.observed.goodSnapshots ?? 0),
    planned: (plan.observed.due ?? []) as string[],
    retention,
    at: new Date().toISOString(),
  });
}

/** The manifest as it can be read now, or why there is none. */
async function findManifest(key: string | undefined, whyNotTaken: string | null): Promise<ManifestFound> {
  if (key === undefined) return { why: whyNotTaken ?? 'the snapshot names none' };
  try {
    const stored: StoredManifest | undefined = await readManifest(key);
    return stored === undefined ? { why: `${key} is not in the report bucket` } : { stored };
  } catch (error) {
    // The next attempt may read it.
    if (!(error instanceof RunbookError) || error instanceof Transient) throw error;
    return { why: error.message.replace(/\.$/, '') };
  }
}
