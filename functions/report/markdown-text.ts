import { redact } from '../step/redact.ts';

/** A text from outside, such as an alarm's name or a reason that was typed: in one line, without what looks like a secret. */
export const said = (text: string): string => redact(text).replaceAll(/[\r\n]+/g, ' ');

/** The same within a cell of a table. */
export const cell = (text: string): string => said(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|');

/** `03:04:05` of an instant. */
export const clock = (at: string): string => at.slice(11, 19);

/** Lines of a table. */
export function table(columns: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  // GitHub takes no row that is longer than the head, and leaves out what it lacks.
  const fitted = rows.map((row) => columns.map((_, place) => row[place] ?? ''));
  return [line(columns), `|${columns.map(() => '---|').join('')}`, ...fitted.map(line)];
}
