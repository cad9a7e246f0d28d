import { errorBesides } from '../../functions/report/headline.ts';
import { MARKS, notWell, verdictOf } from '../../functions/report/judged-checks.ts';
import { checkLines, sectionLines } from '../../functions/report/plain-lines.ts';
import type { Verdict } from '../../schemas/finding.ts';
import type { Check, RunRecord } from '../../schemas/run.ts';
import type { StepProgress } from './progress.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;
export type Style = keyof typeof CODES;
const COLOURS: Readonly<Record<Verdict, Style>> = {
  pass: 'green',
  warn: 'yellow',
  unknown: 'blue',
  fail: 'red',
};

/** Writes for people: with colour and in place on a terminal, in plain lines elsewhere. */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  readonly #colour: boolean;
  #drawn = 0;
  #printed = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#live = stream.isTTY === true;
    this.#colour = this.#live && process.env.NO_COLOR === undefined;
  }

  style(text: string, ...styles: Style[]): string {
    return this.#colour ? `${styles.map((name) => `\u001b[${CODES[name]}m`).join('')}${text}\u001b[0m` : text;
  }

  line(text = ''): void {
    this.#settle();
    this.#stream.write(`${text}\n`);
  }

  /** Shows a run's progress: redrawn in place on a terminal, each change as a line elsewhere. */
  progress(steps: readonly StepProgress[]): void {
    if (this.#live) {
      const lines = steps.map((step) => this.#stepLine(step));
      if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[0J`);
      this.#stream.write(lines.map((line) => `${line}\n`).join(''));
      this.#drawn = lines.length;
      return;
    }
    for (const [index, step] of steps.entries()) {
      if (index < this.#printed || step.state === 'running') continue;
      if (index > this.#printed) continue;
      this.#stream.write(`${this.#stepLine(step)}\n`);
      this.#printed = index + 1;
    }
  }

  /** The next progress begins below. */
  newProgress(): void {
    this.#settle();
    this.#printed = 0;
  }

  #settle(): void {
    this.#drawn = 0;
  }

  #stepLine({ phase, step, state, seconds }: StepProgress): string {
    const mark = {
      running: this.style('…', 'blue'),
      done: this.style('✓', 'green'),
      failed: this.style('✗', 'red'),
    }[state];
    const lasted = seconds < 10 ? seconds.toFixed(1) : Math.round(seconds);
    return `    ${mark} ${this.style(phase.padEnd(8), 'dim')}${step.padEnd(28)}${this.style(`${lasted} s`, 'dim')}`;
  }

  /** How a run ended, in a few lines. */
  outcome(record: RunRecord): void {
    const good = record.outcome === 'verified' || record.outcome === 'planned' || record.outcome === 'joined';
    const warned = good && record.checks.some((check) => verdictOf(check) === 'warn');
    const sign = warned ? 'warn' : good ? 'pass' : 'fail';
    const mark =
      record.outcome === undefined ? this.style('…', 'blue') : this.style(MARKS[sign], COLOURS[sign]);
    this.line(
      `${mark} ${this.style(record.outcome ?? `still going on, in its phase ${record.phase}`, 'bold')}  ${record.run.runbook} on ${record.target}  ${this.style(record.run.id, 'dim')}`,
    );
    const { verdict, sections = [] } = record;
    if (verdict) this.line(`  ${this.style(verdict.title, 'bold')}`);
    else if (record.plan) this.line(`  ${record.plan.summary}`);
    // Of a run that broke off, nobody can say here how far it came; its report can.
    const done = record.outcome === 'verified' ? 'Did' : record.acted ? 'Planned' : 'Would';
    for (const action of record.plan?.actions ?? []) this.line(`  ${done}: ${action.title} (${action.call})`);
    for (const warning of record.plan?.warnings ?? []) this.line(`  ${this.style(`! ${warning}`, 'yellow')}`);
    for (const line of sections.flatMap(sectionLines)) this.line(line === '' ? '' : `  ${line}`);
    if (sections.length === 0) this.#checks(record.checks);
    if (verdict) this.line(`  ${verdict.fine}`);
    if (verdict) this.line(`  ${this.style('What you need to do:', 'bold')} ${verdict.next}`);
    const message = verdict ? errorBesides(record) : record.error?.message;
    if (message !== undefined) this.line(`  ${this.style(`${record.error?.name}:`, 'red')} ${message}`);
    if (record.approval && record.approval.decision === undefined && record.closedAt === undefined) {
      this.line(
        `  Waits for approval until ${record.approval.expiresAt}: nightshift approve ${record.run.id} --plan ${record.approval.planHash.slice(0, 12)}`,
      );
    }
  }

  /** What is not well comes last, where the eye is when all has been printed. */
  #checks(checks: readonly Check[]): void {
    const bad = notWell(checks);
    for (const check of [...checks.filter((one) => !bad.includes(one)), ...bad.toReversed()]) {
      const verdict = verdictOf(check);
      const [first = '', ...more] = checkLines(check);
      this.line(`  ${this.style(MARKS[verdict], COLOURS[verdict])}${first.slice(MARKS[verdict].length)}`);
      for (const line of more) this.line(`  ${line}`);
    }
  }
}
