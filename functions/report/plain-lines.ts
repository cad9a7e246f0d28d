import type { Check, RunRecord, Section } from '../../schemas/run.ts';
import { judged, MARKS, namesOf, notWell, verdictOf } from './judged-checks.ts';

/** What a run has found as lines of plain text, for a notice: its own sections, or its checks with what is not well before the rest. */
export function plainLines({ checks, sections }: Pick<RunRecord, 'checks' | 'sections'>): string[] {
  if (sections !== undefined) return sections.flatMap(sectionLines);
  const { pass } = judged(checks);
  const bad = notWell(checks).flatMap(checkLines);
  if (pass.length === 0) return bad;
  return [
    ...bad,
    bad.length === 0 ? `${MARKS.pass} ${namesOf(pass)}` : `${MARKS.pass} in order: ${namesOf(pass)}`,
  ];
}

/** A section: its title, its lines, and each row of its table in one line. */
export function sectionLines({ title, lines = [], table }: Section): string[] {
  const rows = table === undefined ? [] : [table.columns, ...table.rows];
  return ['', `${title}:`, ...lines.map((line) => `- ${line}`), ...rows.map(rowLine)];
}

/** A column without a head, such as that of marks, is not told of in the head. */
const rowLine = (cells: readonly string[]) => `  ${cells.filter((text) => text !== '').join(' | ')}`;

/** One check, with what should have been and what to do about it. */
export function checkLines(check: Check): string[] {
  const { name, measured, expected, next } = check;
  return [
    `${MARKS[verdictOf(check)]} ${name}: ${measured}${expected === undefined ? '' : ` (${expectedWords(expected)})`}`,
    ...(next === undefined ? [] : [`    to do: ${next}`]),
  ];
}

const expectedWords = (expected: string) =>
  /^(must|needs) /.test(expected) ? expected : `expected: ${expected}`;
