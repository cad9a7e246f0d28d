import type { Section } from '../../schemas/run.ts';
import { cell, said, table } from './markdown-text.ts';

/** The parts of a report that a runbook has words of its own for. */
export function sectionsPart(sections: readonly Section[]): string[] {
  return sections.flatMap(({ title, lines = [], table: told }) => [
    `## ${said(title)}`,
    '',
    ...(lines.length === 0 ? [] : [...lines.map((line) => `- ${said(line)}`), '']),
    ...(told === undefined
      ? []
      : [
          ...table(
            told.columns.map(cell),
            told.rows.map((row) => row.map(cell)),
          ),
          '',
        ]),
  ]);
}
