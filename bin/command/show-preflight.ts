import type { Verdict } from '../../schemas/finding.ts';
import type { Problem } from '../../schemas/preflight/problem.ts';
import type { PreflightObject } from './preflight.ts';
import type { Style, Terminal } from './terminal.ts';

const MARKS = {
  pass: ['✓', 'green'],
  warn: ['!', 'yellow'],
  unknown: ['?', 'blue'],
  fail: ['✗', 'red'],
} as const satisfies Record<Verdict, readonly [string, Style]>;

/** Writes a preflight for people: its verdict, then each problem with what to do about it. */
export function showPreflight(terminal: Terminal, result: PreflightObject): void {
  const mark = (verdict: Verdict) => terminal.style(MARKS[verdict][0], MARKS[verdict][1]);
  terminal.line(
    `${mark(result.verdict)} ${terminal.style(result.verdict, 'bold')}  preflight of service/${result.service} in ${result.environment}  ${terminal.style(result.envFile, 'dim')}`,
  );
  for (const problem of result.problems)
    terminal.line(`  ${mark(problem.verdict)} ${sentence(problem)}  ${terminal.style(problem.rule, 'dim')}`);
  terminal.line(`  ${summary(result)}`);
}

/** `line 7, PORT: found a text of 3 characters; must be a whole number. Correct the value.` */
function sentence({ line, variables, observed, expected, hint }: Problem): string {
  const where = [...(line === undefined ? [] : [`line ${line}`]), ...variables].join(', ');
  // A secret has neither a line nor a variable: what must be names it.
  return where === '' ? `${expected}: ${observed}. ${hint}` : `${where}: ${observed}; ${expected}. ${hint}`;
}

function summary({ problems, passed, variables }: PreflightObject): string {
  const count = (verdict: Verdict) => problems.filter((problem) => problem.verdict === verdict).length;
  return [
    `${variables} variables`,
    `${passed} checks passed`,
    `${count('fail')} failed`,
    `${count('warn')} warned`,
    `${count('unknown')} not known`,
  ].join(', ');
}
