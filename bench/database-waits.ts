import { DescribeEventsCommand, RDSClient } from '@aws-sdk/client-rds';
import { openStage } from '../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../rehearsal/rehearse.ts';
import { type Ready, waitingFigures } from './waiting.ts';

/** How RDS says that what each state waited for is there: its last word of that kind about the instance or snapshot. */
const WORDS: ReadonlyArray<readonly [state: string, runbook: string, message: RegExp]> = [
  ['await-snapshot', 'snapshot-database', /^Manual snapshot created$/],
  ['await-restored-instance', 'restore-drill', /^Restored from snapshot /],
  ['await-settled-instance', 'restore-drill', /^Reset master credentials$/],
];

/** Seconds between RDS being ready and a run going on, over a snapshot and a drill. */
export async function databaseWaits(): Promise<string> {
  const { stage, close } = await openStage({ speed: DEFAULT_SPEED, needsGoodRelease: false });
  try {
    const tables: string[] = [];
    for (const runbook of ['snapshot-database', 'restore-drill']) {
      const record = await stage.run(runbook, { database: 'main' });
      if (record.outcome !== 'verified') throw new Error(`${runbook} ended ${record.outcome}.`);
      const history = await stage.deployment.history(record.run.arn);
      const { Events = [] } = await new RDSClient({}).send(new DescribeEventsCommand({ Duration: 1440 }));
      const waits = WORDS.filter(([, of]) => of === runbook).map(([state, , message]): Ready => {
        const told = Events.findLast(({ Message = '' }) => message.test(Message));
        if (told?.Date === undefined) throw new Error(`RDS has not told what ${state} waits for.`);
        return { state, at: told.Date };
      });
      tables.push(`${runbook}:`, '', waitingFigures(history, waits), '');
    }
    return tables.join('\n');
  } finally {
    await close();
  }
}
