import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { LIST_PRICES } from '../functions/report/cost.ts';
import { openStage } from '../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../rehearsal/rehearse.ts';
import { badRelease } from '../rehearsal/scenarios/bad-release.ts';
import { table } from './statistics.ts';

/** States in which a run waits for the world: ECS deploying, and fresh datapoints coming in. */
const WAITS = new Set(['await-steady-service', 'observe']);
/** The alternative: Wait, look, Choice, every so many seconds. */
const POLLING_SECONDS = 30;
const TRANSITIONS_PER_POLL = 3;
/** Memory of the functions, in GB. */
const MEMORY_GIGABYTES = 0.25;
/** Writes of a run to its tables: record, audit log, lock, action, parked token; about two per audit entry. */
const WRITES_PER_ENTRY = 2;

/** What one run of `bad-release` took and cost, from its execution history. */
export async function runFigures(): Promise<string> {
  const { stage, close } = await openStage({ speed: DEFAULT_SPEED });
  try {
    const [record] = await badRelease.play(stage);
    if (record?.outcome !== 'verified') throw new Error(`bad-release ended ${record?.outcome}.`);
    const history = await stage.deployment.history(record.run.arn);
    const spans = stateSpans(history);
    const total = spans.reduce((sum, { seconds }) => sum + seconds, 0);
    const waited = spans
      .filter(({ state }) => WAITS.has(state))
      .reduce((sum, { seconds }) => sum + seconds, 0);
    // While functions run, sandbox time passes as on the wall.
    const overheadMilliseconds = (total - waited) * 1000;
    const transitions = spans.length;
    const waits = spans.filter(({ state }) => WAITS.has(state)).length;
    const polled = transitions - waits + Math.ceil(waited / POLLING_SECONDS) * TRANSITIONS_PER_POLL;
    const steps = history.filter(({ type }) => /^(LambdaFunction|Task)Scheduled$/.test(type ?? '')).length;
    const entries = JSON.parse(
      (await stage.deployment.report(record)).get('report.json')?.toString('utf8') ?? '{}',
    ) as { audit?: unknown[] };
    const cost = {
      'state transitions': transitions * LIST_PRICES.stateTransition,
      'Lambda requests': steps * LIST_PRICES.lambdaRequest,
      'Lambda time': (overheadMilliseconds / 1000) * MEMORY_GIGABYTES * LIST_PRICES.lambdaGigabyteSecond,
      'table writes': (entries.audit?.length ?? 0) * WRITES_PER_ENTRY * LIST_PRICES.tableWrite,
      'report and notice': 3 * LIST_PRICES.s3Put + LIST_PRICES.notice,
    };
    const sum = Object.values(cost).reduce((all, one) => all + one, 0);
    const verifiedAt = Date.parse(record.checks.at(-1)?.at ?? '');
    const toVerified = (verifiedAt - Date.parse(record.run.trigger.at ?? '')) / 1000;
    return [
      table(
        ['one run of bad-release', ''],
        [
          ['alarm state change → verified, seconds of AWS time', toVerified.toFixed(0)],
          ['of that, waits on the world (deployment, fresh datapoints), seconds', waited.toFixed(0)],
          ["Nightshift's own overhead, milliseconds of this machine", overheadMilliseconds.toFixed(0)],
          ['the same per state, milliseconds', (overheadMilliseconds / (transitions - waits)).toFixed(0)],
          ['state transitions', String(transitions)],
          ['of those, polling', '0'],
          [
            `with a poll every ${POLLING_SECONDS} s instead of events`,
            `${polled} (× ${(polled / transitions).toFixed(2)})`,
          ],
          ['cost of the run at list prices', `$${sum.toFixed(5)}`],
        ],
      ),
      '',
      table(
        ['cost', '$', 'share'],
        Object.entries(cost).map(([what, dollars]) => [
          what,
          dollars.toFixed(6),
          `${((100 * dollars) / sum).toFixed(0)} %`,
        ]),
      ),
    ].join('\n');
  } finally {
    await close();
  }
}

/** Each state of a run and how long the run was in it, in sandbox seconds. */
function stateSpans(history: readonly HistoryEvent[]): Array<{ state: string; seconds: number }> {
  const entered = history.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails !== undefined);
  const end = history.at(-1)?.timestamp?.getTime() ?? 0;
  return entered.map(({ stateEnteredEventDetails, timestamp }, index) => ({
    state: stateEnteredEventDetails?.name ?? '',
    seconds: ((entered[index + 1]?.timestamp?.getTime() ?? end) - (timestamp?.getTime() ?? 0)) / 1000,
  }));
}
