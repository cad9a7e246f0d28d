import { brokenLink } from '../run/audit-chain.ts';
import { estimateCost } from './cost.ts';
import { looksOnly, ofFleet, wrongInput } from './looks-only.ts';
import type { ReportInput } from './markdown.ts';
import { duration, timingsOf } from './timings.ts';

/** How long it took and what it cost, whether the audit log is whole, and what a review of an incident begins with. */
export function figures({ record, entries, transitions }: ReportInput): string[] {
  const timings = timingsOf(record, entries);
  const steps = new Set(entries.map(({ step }) => step)).size;
  const cost = estimateCost({
    steps,
    entries: entries.length,
    transitions: transitions > 0 ? transitions : steps * 2,
  });
  const broken = brokenLink(entries);
  const follows = !looksOnly(record.plan) && !wrongInput(record) && !ofFleet(record);
  const since = (what: string, seconds: number | undefined) =>
    follows && seconds !== undefined ? [`| first sign → ${what} | ${duration(seconds)} |`] : [];
  return [
    '## Figures',
    '',
    '| | |',
    '|---|---|',
    ...since('run started', timings.toStart),
    ...since('change made', timings.toAct),
    ...since('verified (time to recover)', timings.toRecover),
    `| run, start to end | ${duration(timings.total)} |`,
    `| cost of the run, estimated at list prices | $${cost.toFixed(5)} |`,
    `| audit log | ${entries.length} entries, ${broken === undefined ? 'chain whole' : `**chain broken at entry ${broken}**`}, head \`${(entries.at(-1)?.hash ?? '').slice(0, 16)}\` |`,
    `| run | \`${record.run.id}\` |`,
    '',
    ...(!follows || record.plan?.words?.routine
      ? []
      : [
          '## For the post-incident review',
          '',
          '- Root cause: ',
          '- Why it was not caught before production: ',
          '- What will keep it from happening again: ',
        ]),
  ];
}
