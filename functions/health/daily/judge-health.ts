import * as z from 'zod/mini';
import {
  CheckedTarget,
  HealthList,
  Judged,
  type JudgedDay,
  UnreadTarget,
} from '../../../schemas/daily-health.ts';
import type { Verdict } from '../../../schemas/finding.ts';
import { Run } from '../../../schemas/run.ts';
import { audit } from '../../run/audit-log.ts';
import { type StepTools, step } from '../../step.ts';
import { compareChecks } from './compare-checks.ts';
import { compareDays, keep } from './compare-days.ts';
import { FILES, readJson, readJsonIfThere, writeJson } from './day-store.ts';
import { GRAVEST_FIRST, judgeTargets, nameOf } from './judge-targets.ts';
import { previousDay } from './previous-day.ts';
import { readReadinessLines } from './read-readiness-lines.ts';
import { MapAnswer, readResults } from './read-results.ts';
import { wantedRuns } from './wanted-runs.ts';

const Input = z.object({
  run: Run,
  plan: z.object({ observed: z.object({ list: HealthList }) }),
  checks: z.optional(MapAnswer),
});
type Input = z.infer<typeof Input>;

/** More are never started at once, and the state must hold them. */
const MOST_WANTED = 100;

/** Says how each declared target is, and what has changed since the check before. It fails at no target: what is not known is told as that. */
export const handler = step({
  name: 'judge-health',
  phase: 'verify',
  input: Input,
  output: Judged,
  run: judge,
});

async function judge({ run, plan, checks }: Input, tools: StepTools): Promise<Judged> {
  const at = new Date();
  const { bucket, key: listKey, prefix } = plan.observed.list;
  const targets = z.parse(z.array(CheckedTarget), await readJson(bucket, listKey));
  const unread = z.parse(z.array(UnreadTarget), await readJson(bucket, `${prefix}/${FILES.unread}`));
  // Of nothing there need be no results either.
  const results = checks === undefined || targets.length === 0 ? new Map() : await readResults(checks);
  const judged = judgeTargets(targets, unread, results, at);
  const previous = previousDay(await readJsonIfThere(bucket, `${prefix}/${FILES.previous}`));
  const services = targets.filter(({ kind }) => kind === 'service').map(nameOf);
  const day: JudgedDay = {
    runId: run.id,
    at: at.toISOString(),
    targets: judged,
    ...(previous === undefined ? {} : { previous: { runId: previous.runId, at: previous.at } }),
    changes:
      previous === undefined
        ? []
        : [...compareDays(previous.targets, judged.map(keep))].map(([change, changed]) => ({
            change,
            targets: changed,
          })),
    within: previous === undefined ? [] : compareChecks(previous.targets, judged),
    wanted: wantedRuns(targets, judged),
    readiness: await readReadinessLines(services, at),
  };
  const key = `${prefix}/${FILES.judged}`;
  await writeJson(bucket, key, day);
  const counts = countsOf(day);
  await audit(run.id, tools, 'observation', `${inWords(counts)}.`, {
    counts,
    wanted: day.wanted.length,
    previous: previous?.runId,
  });
  return { bucket, key, counts, wanted: day.wanted.slice(0, MOST_WANTED), wantedInAll: day.wanted.length };
}

/** `Of 14 targets 2 are broken, 1 is not known`. */
function inWords({ pass = 0, warn = 0, unknown = 0, fail = 0 }: Readonly<Record<string, number>>): string {
  const total = pass + warn + unknown + fail;
  const told = [
    ...(fail > 0 ? [`${fail} ${fail === 1 ? 'is' : 'are'} broken`] : []),
    ...(unknown > 0 ? [`${unknown} ${unknown === 1 ? 'is' : 'are'} not known`] : []),
    ...(warn > 0 ? [`${warn} ${warn === 1 ? 'has' : 'have'} warnings`] : []),
  ];
  if (total === 0) return 'There is nothing to be judged';
  return told.length === 0
    ? `Each of ${total} passed all its checks`
    : `Of ${total} target${total === 1 ? '' : 's'} ${told.join(', ')}`;
}

function countsOf({ targets }: Pick<JudgedDay, 'targets'>): Record<Verdict, number> {
  const count = (verdict: Verdict) => targets.filter((one) => one.verdict === verdict).length;
  return Object.fromEntries(GRAVEST_FIRST.map((verdict) => [verdict, count(verdict)])) as Record<
    Verdict,
    number
  >;
}
