import type { RunRecord } from '../../schemas/run.ts';
import { judged, MARKS, notWell, verdictOf } from './judged-checks.ts';
import { looksOnly } from './looks-only.ts';
import { cell, clock, table } from './markdown-text.ts';

/** What was checked. Of a run that only looks, what is not well comes by itself, with what to do. */
export function checksPart({ checks, plan }: Pick<RunRecord, 'checks' | 'plan'>): string[] {
  if (checks.length === 0) return [];
  if (!looksOnly(plan))
    return [
      '## Evidence, gathered after the change',
      '',
      ...table(
        ['', 'check', 'measured', 'at'],
        checks.map((check) => [mark(check), cell(check.name), cell(check.measured), clock(check.at)]),
      ),
      '',
    ];
  return [...problems(notWell(checks)), ...inOrder(judged(checks).pass)];
}

const mark = (check: Parameters<typeof verdictOf>[0]) => {
  const verdict = verdictOf(check);
  return verdict === 'pass' ? MARKS.pass : `**${MARKS[verdict]}**`;
};

function problems(bad: readonly RunRecord['checks'][number][]): string[] {
  if (bad.length === 0) return [];
  const some = (member: 'expected' | 'next') => bad.some((check) => check[member] !== undefined);
  const columns = ['', 'check', 'found', ...(some('expected') ? ['expected'] : [])];
  const all = some('next') ? [...columns, 'what to do'] : columns;
  return [
    bad.some(({ passed }) => !passed) ? '## What is not as it must be' : '## Warnings',
    '',
    ...(bad.some((check) => verdictOf(check) === 'unknown') ? [`${LEGEND}`, ''] : []),
    ...table(
      [...all, 'at'],
      bad.map((check) => [
        mark(check),
        cell(check.name),
        cell(check.measured),
        ...(some('expected') ? [cell(check.expected ?? '')] : []),
        ...(some('next') ? [cell(check.next ?? '')] : []),
        clock(check.at),
      ]),
    ),
    '',
  ];
}

const LEGEND = `${MARKS.fail} failed, ${MARKS.unknown} no result, which proves nothing, ${MARKS.warn} a warning.`;

function inOrder(good: readonly RunRecord['checks'][number][]): string[] {
  if (good.length === 0) return [];
  return [
    '## What is in order',
    '',
    ...table(
      ['', 'check', 'found', 'at'],
      good.map((check) => [mark(check), cell(check.name), cell(check.measured), clock(check.at)]),
    ),
    '',
  ];
}
