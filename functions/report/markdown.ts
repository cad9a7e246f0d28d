import type { AuditEntry, RunRecord } from '../../schemas/run.ts';
import { brokenLink } from '../run/audit-chain.ts';
import { redact } from '../step/redact.ts';
import { estimateCost } from './cost.ts';
import { duration, timingsOf } from './timings.ts';

export interface ReportInput {
  readonly record: RunRecord;
  readonly entries: readonly AuditEntry[];
  /** State transitions of the execution, where they are known; otherwise estimated from the steps. */
  readonly transitions: number;
  /** Where the runbook's page is. */
  readonly page: string;
}

/** A text from outside, such as an alarm's name or a reason that was typed: in one line, without what looks like a secret. */
const said = (text: string) => redact(text).replaceAll(/[\r\n]+/g, ' ');

/** Makes a text safe within a table cell. */
const cell = (text: string) =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n]+/g, ' ');

/** The report for somebody who was asleep: what happened and whether it is fine now come first. */
export function renderMarkdown(input: ReportInput): string {
  const { record } = input;
  return [
    `# ${said(title(record))}`,
    '',
    ...headline(input),
    '',
    '![What happened, in order](timeline.svg)',
    '',
    ...checks(record),
    ...plan(record),
    ...timeline(input),
    ...before(record),
    ...figures(input),
  ]
    .join('\n')
    .concat('\n');
}

function title({ outcome, run, target, plan: made }: RunRecord): string {
  const words: Record<string, string> = {
    verified: made?.words?.verified ?? `${target} is as it must be`,
    planned: `A plan for ${target}; nothing was changed`,
    refused: `${run.runbook} refused to touch ${target}`,
    joined: `${target}: this alarm joined a run that was already at work`,
    undone: `${target}: the change was undone`,
    failed: `${target} needs you`,
    ...(looksOnly(made)
      ? { verified: `${target} is as it must be`, failed: `${target} is not as it must be` }
      : {}),
  };
  return words[outcome ?? 'failed'] ?? target;
}

function headline({ record, entries, page }: ReportInput): string[] {
  const timings = timingsOf(record, entries);
  const trigger = entries.find(({ kind }) => kind === 'trigger')?.summary ?? 'Started by hand.';
  const lines = [`**What happened.** ${said(trigger)}${record.plan ? ` ${record.plan.summary}` : ''}`];
  if (record.outcome === 'verified' && looksOnly(record.plan)) {
    lines.push(
      '',
      `**Is it fine now?** Yes: ${record.checks.length} checks passed.`,
      '',
      '**What you need to do.** Nothing.',
    );
  } else if (record.outcome === 'verified') {
    lines.push(
      '',
      `**Is it fine now?** Yes: ${record.checks.length} checks, all made after the change, passed. From the first sign to verified it took ${duration(timings.toRecover)}.`,
    );
    lines.push('', `**What you need to do.** ${said(record.plan?.words?.next ?? 'Nothing.')}`);
  } else if (record.outcome === 'planned') {
    lines.push(
      '',
      '**Is it fine now?** Unknown: this was a plan only.',
      '',
      `**What you need to do.** Read the plan; \`nightshift run ${record.run.runbook}${targetOption(record.target)}\` carries it out, while the switch is on.`,
    );
  } else if (record.outcome === 'joined') {
    const other = record.opening?.joinedRun;
    lines.push(
      '',
      `**Is it fine now?** The run that this one joined${other === undefined ? '' : `, \`${other}\`,`} tells; this one changed nothing.`,
      '',
      '**What you need to do.** Nothing here: read the report of that run.',
    );
  } else if (record.outcome === 'undone' && record.plan?.words?.undone !== undefined) {
    lines.push(
      '',
      '**Is it fine now?** Yes, as before: what this run had changed was taken back, and looked at.',
      '',
      `**What you need to do.** ${said(record.plan.words.undone)}`,
      '',
      `**Why it was taken back.** ${said(record.error?.message ?? 'See the timeline below.')} See [the runbook's page](${page}).`,
    );
  } else {
    lines.push('', `**Is it fine now?** ${fineNow(record)}`);
    lines.push(
      '',
      `**What you need to do.** ${said(record.error?.message ?? 'Look at the timeline below.')} See [the runbook's page](${page}).`,
    );
  }
  if (record.joined > 0)
    lines.push(
      '',
      `${record.joined} further ${record.joined === 1 ? 'trigger' : 'triggers'} for the same target joined this run.`,
    );
  if (record.run.override) lines.push('', `Guards were overridden by hand: ${said(record.run.override)}`);
  return lines;
}

/** `service/api` as the command takes it: ` --service api`. */
function targetOption(target: string): string {
  const [, kind, name] = /^(service|database|secret)\/(.+)$/.exec(target) ?? [];
  return kind === undefined ? '' : ` --${kind} ${name}`;
}

/** Whether a runbook only looks: its plan has nothing to do. */
const looksOnly = (made: RunRecord['plan']) => made?.actions.length === 0;

function fineNow({ acted, quiet, plan: made, checks: list }: RunRecord): string {
  const bad = list.filter(({ passed }) => !passed);
  if (looksOnly(made) && bad.length > 0) return `No: ${bad.length} of ${list.length} checks failed.`;
  if (acted) return 'No: something was changed, and it was not proved good.';
  return quiet
    ? 'As far as its alarm tells, yes. Nothing was changed by this run.'
    : 'Nothing was changed by this run; whatever was wrong still is.';
}

function checks({ checks: list, plan: made }: RunRecord): string[] {
  if (list.length === 0) return [];
  return [
    looksOnly(made) ? '## What was checked' : '## Evidence, gathered after the change',
    '',
    '| | check | measured | at |',
    '|---|---|---|---|',
    ...list.map(
      ({ passed, name, measured, at }) =>
        `| ${passed ? '✓' : '**✗**'} | ${cell(name)} | ${cell(said(measured))} | ${clock(at)} |`,
    ),
    '',
  ];
}

function plan({ plan: made, acted }: RunRecord): string[] {
  if (made === undefined || looksOnly(made)) return [];
  return [
    `## ${acted ? 'What was done' : 'What would be done'}`,
    '',
    ...made.actions.flatMap((action) => [
      `- **${action.title}** (\`${action.call}\` on \`${action.resource}\`), expected to take ${duration(action.expectedSeconds)}. To undo: ${action.undo}`,
    ]),
    '',
    ...(made.changes.length > 0
      ? [
          made.words?.changes ?? 'What changes:',
          '',
          '| what | from | to |',
          '|---|---|---|',
          ...made.changes.map(({ what, from, to }) => `| \`${cell(what)}\` | ${cell(from)} | ${cell(to)} |`),
          '',
        ]
      : []),
    ...made.warnings.map((warning) => `> ${warning}`),
    ...(made.warnings.length > 0 ? [''] : []),
    `Plan \`${made.hash.slice(0, 12)}\``,
    '',
  ];
}

function timeline({ entries }: ReportInput): string[] {
  return [
    '## Timeline (UTC)',
    '',
    '| at | phase | what |',
    '|---|---|---|',
    ...entries.map(({ at, phase, summary }) => `| ${clock(at)} | ${phase} | ${cell(said(summary))} |`),
    '',
  ];
}

function before({ opening }: RunRecord): string[] {
  if (opening === undefined || opening.recentChanges.length === 0) return [];
  return [
    '## What had changed lately',
    '',
    ...opening.recentChanges.map(({ at, what }) => `- ${at.slice(0, 19)}Z ${said(what)}`),
    '',
  ];
}

function figures({ record, entries, transitions }: ReportInput): string[] {
  const timings = timingsOf(record, entries);
  const steps = new Set(entries.map(({ step }) => step)).size;
  const cost = estimateCost({
    steps,
    entries: entries.length,
    transitions: transitions > 0 ? transitions : steps * 2,
  });
  const broken = brokenLink(entries);
  return [
    '## Figures',
    '',
    '| | |',
    '|---|---|',
    `| first sign → run started | ${duration(timings.toStart)} |`,
    `| first sign → change made | ${duration(timings.toAct)} |`,
    `| first sign → verified (time to recover) | ${duration(timings.toRecover)} |`,
    `| run, start to end | ${duration(timings.total)} |`,
    `| cost of the run, estimated at list prices | $${cost.toFixed(5)} |`,
    `| audit log | ${entries.length} entries, ${broken === undefined ? 'chain whole' : `**chain broken at entry ${broken}**`}, head \`${(entries.at(-1)?.hash ?? '').slice(0, 16)}\` |`,
    `| run | \`${record.run.id}\` |`,
    '',
    ...(looksOnly(record.plan) || record.plan?.words?.routine
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

const clock = (at: string) => at.slice(11, 19);
