import * as z from 'zod/mini';
import type { CheckedTarget, HealthList, KeptDay, UnreadTarget } from '../../../schemas/daily-health.ts';
import { Plan, Run } from '../../../schemas/run.ts';
import { FleetTarget } from '../../../schemas/target.ts';
import { environment } from '../../environment.ts';
import { canonicalJson, sha256 } from '../../run/audit-chain.ts';
import { audit } from '../../run/audit-log.ts';
import { findTargets } from '../../run/directory.ts';
import { updateRecord } from '../../run/run-record.ts';
import { type StepTools, step } from '../../step.ts';
import { FILES, folderOf, LATEST, readJsonIfThere, writeJson } from './day-store.ts';
import { previousDay } from './previous-day.ts';
import { shorten } from './shorten.ts';

const Input = z.object({ run: Run, target: FleetTarget });
type Input = z.infer<typeof Input>;

const KINDS = ['service', 'database', 'cache'] as const;
const LONGEST_NAME = 60;
const UNREAD = 'its declaration cannot be read by this version: deploy the Nightshift stack again';

/** Lists what the daily check looks at, and puts the check before aside, to compare with. */
export const handler = step({
  name: 'plan-health-check',
  phase: 'plan',
  input: Input,
  output: Plan,
  run: plan,
});

async function plan({ run, target }: Input, tools: StepTools): Promise<Plan> {
  const found = await Promise.all(KINDS.map(findTargets));
  const targets = found
    .flatMap((one) => one.targets as CheckedTarget[])
    .toSorted((left, right) => KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) || byName(left, right));
  const unread = found.flatMap((one, place): UnreadTarget[] =>
    one.unread
      .toSorted()
      .map((name) => ({ target: `${KINDS[place]}/${shorten(name, LONGEST_NAME)}`, why: UNREAD })),
  );
  const bucket = environment('reportBucket');
  const previous = await readJsonIfThere(bucket, LATEST);
  const prefix = folderOf(run.id);
  const list: HealthList = { bucket, key: `${prefix}/${FILES.targets}`, prefix };
  await writeJson(bucket, list.key, slowFirst(targets, previousDay(previous)));
  await writeJson(bucket, `${prefix}/${FILES.unread}`, unread);
  if (previous !== undefined) await writeJson(bucket, `${prefix}/${FILES.previous}`, previous);
  const counts = Object.fromEntries(
    KINDS.map((kind) => [kind, targets.filter((one) => one.kind === kind).length]),
  );
  const made: Plan = {
    runbook: run.runbook,
    target: `${target.kind}/${target.name}`,
    summary: `Looks at ${inWords(counts)}. It reads only; runbooks that the configuration names for a failure are started as runs of their own, ${target.startsAtMost} at most.`,
    observed: { list, counts, unread: unread.length },
    changes: [],
    actions: [],
    warnings: unread.length === 0 ? [] : [`${unread.length} declarations cannot be read by this version.`],
    hash: sha256(canonicalJson({ targets, unread, startsAtMost: target.startsAtMost })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: look at ${inWords(counts)}.`, {
    counts,
    unread: unread.length,
  });
  return made;
}

/** What was broken or not known may hang again: it goes first, and the others are checked meanwhile. */
function slowFirst(targets: readonly CheckedTarget[], previous: KeptDay | undefined): CheckedTarget[] {
  const slow = new Set(
    previous?.targets
      .filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')
      .map(({ target }) => target),
  );
  const place = ({ kind, name }: CheckedTarget) => (slow.has(`${kind}/${name}`) ? 0 : 1);
  return targets.toSorted((left, right) => place(left) - place(right));
}

const byName = (left: CheckedTarget, right: CheckedTarget) => (left.name < right.name ? -1 : 1);

/** `12 services, 2 databases and 1 cache`. */
function inWords(counts: Readonly<Record<string, number>>): string {
  const words = KINDS.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count === 0 ? [] : [`${count} ${kind}${count === 1 ? '' : 's'}`];
  });
  if (words.length === 0) return 'nothing, as nothing is declared';
  return words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
