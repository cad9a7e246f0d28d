import type { AuditEntry, RunRecord } from '../../schemas/run.ts';
import { checksPart } from './checks-part.ts';
import { figures } from './figures.ts';
import { headline } from './headline.ts';
import { looksOnly } from './looks-only.ts';
import { cell, clock, said, table } from './markdown-text.ts';
import { planPart } from './plan-part.ts';
import { sectionsPart } from './sections-part.ts';
import { title } from './title.ts';

export interface ReportInput {
  readonly record: RunRecord;
  readonly entries: readonly AuditEntry[];
  /** State transitions of the execution, where they are known; otherwise estimated from the steps. */
  readonly transitions: number;
  /** Where the runbook's page is. */
  readonly page: string;
}

/** The report for somebody who was asleep: what happened and whether it is fine now come first. */
export function renderMarkdown(input: ReportInput): string {
  const { record, entries, page } = input;
  const found = record.sections === undefined ? checksPart(record) : sectionsPart(record.sections);
  const picture = ['![What happened, in order](timeline.svg)', ''];
  // What was found is all that a run which only looks has to tell.
  const foundFirst = record.sections !== undefined || looksOnly(record.plan);
  return [
    `# ${said(title(record))}`,
    '',
    ...headline(record, entries, page),
    '',
    ...(foundFirst
      ? [...found, ...planPart(record), ...picture]
      : [...picture, ...found, ...planPart(record)]),
    ...timeline(entries),
    ...before(record),
    ...figures(input),
  ]
    .join('\n')
    .concat('\n');
}

function timeline(entries: readonly AuditEntry[]): string[] {
  return [
    '## Timeline (UTC)',
    '',
    ...table(
      ['at', 'phase', 'what'],
      entries.map(({ at, phase, summary }) => [clock(at), phase, cell(summary)]),
    ),
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
