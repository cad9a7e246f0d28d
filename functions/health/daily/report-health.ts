import * as z from 'zod/mini';
import { DAY_FORMAT, Judged, JudgedDay, type KeptDay, Started } from '../../../schemas/daily-health.ts';
import { Evidence, Run } from '../../../schemas/run.ts';
import { audit } from '../../run/audit-log.ts';
import { updateRecord } from '../../run/run-record.ts';
import { type StepTools, step } from '../../step.ts';
import { findingWords } from '../finding-words.ts';
import { alike } from './alike.ts';
import { keep } from './compare-days.ts';
import { dayEvidence } from './day-evidence.ts';
import { daySections } from './day-sections.ts';
import { LATEST, readJson, writeJson } from './day-store.ts';
import { namesAmong } from './names.ts';
import { shorten } from './shorten.ts';
import { tellDay } from './tell-day.ts';

const Input = z.object({ run: Run, judged: Judged, started: z.optional(Started) });
type Input = z.infer<typeof Input>;

/** Problems that the audit log names, and targets of each. */
const MOST_PROBLEMS = 20;
const MOST_NAMES = 5;
const LONGEST_PROBLEM = 200;
/** What it begins with to answer the question. */
const ANSWER = /^(No\.|Yes:) /;

/** Says how everything is, for a person with ten seconds, and keeps it for the next check. */
export const handler = step({
  name: 'report-health',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: report,
});

async function report({ run, judged, started }: Input, tools: StepTools): Promise<Evidence> {
  const { bucket, key } = judged;
  const day = z.parse(JudgedDay, await readJson(bucket, key));
  const runs = started?.runs ?? [];
  const verdict = tellDay(day, runs);
  const evidence = dayEvidence(day);
  const { pass = 0, warn = 0, fail = 0, unknown = 0 } = judged.counts;
  await updateRecord(run.id, {
    phase: 'verify',
    verdict,
    sections: daySections(day, runs),
    // Nobody is woken up for what is only not known, unless nothing at all is.
    quiet: fail === 0 && unknown > 0 && pass + warn > 0,
  });
  const kept: KeptDay = {
    format: DAY_FORMAT,
    runId: day.runId,
    at: day.at,
    targets: day.targets.map(keep),
  };
  await writeJson(bucket, LATEST, kept);
  await audit(
    run.id,
    tools,
    'check',
    // The end of the run tells the title.
    `${evidence.passed ? 'Passed' : fail > 0 ? 'FAILED' : 'NOT KNOWN'}: ${verdict.fine.replace(ANSWER, '')}`,
    { counts: judged.counts, problems: problemsOf(day), started: runs.flatMap(({ runId }) => runId ?? []) },
  );
  return evidence;
}

function problemsOf({ targets }: JudgedDay): string[] {
  const names = namesAmong(targets.map(({ target }) => target));
  return alike(targets)
    .slice(0, MOST_PROBLEMS)
    .map(({ finding, targets: having }) =>
      shorten(
        `${finding.verdict}: ${names.several(having, MOST_NAMES)}: ${findingWords(finding)}`,
        LONGEST_PROBLEM,
      ),
    );
}
