import type { JudgedDay, StartedRun } from '../../../schemas/daily-health.ts';
import type { Section } from '../../../schemas/run.ts';
import { alike } from './alike.ts';
import { changesSection } from './changes-section.ts';
import { handledBy, handlersAmong } from './handled.ts';
import { type Names, namesAmong } from './names.ts';
import { readinessSection } from './readiness-section.ts';
import { shorten } from './shorten.ts';
import { startedSection } from './started-section.ts';
import { VERDICT_WORDS } from './verdict-words.ts';

/** All of it is part of an item of DynamoDB, which has 400 KB at most. */
const MOST_PROBLEMS = 40;
const MOST_TARGETS = 100;
const MOST_NAMES = 10;
const LONGEST_CELL = 140;
const LONGEST_NOTE = 80;

/** The parts of the report of a daily check, in the order in which they are read. */
export function daySections(day: JudgedDay, runs: readonly StartedRun[]): Section[] {
  const gone = day.changes.find(({ change }) => change === 'no longer declared')?.targets ?? [];
  const names = namesAmong([...day.targets.map(({ target }) => target), ...gone]);
  return [
    ...startedSection(day, runs, names),
    changesSection(day, names),
    ...problemsSection(day, runs, names),
    ...targetsSection(day),
    ...readinessSection(day.readiness),
  ];
}

function problemsSection(day: JudgedDay, runs: readonly StartedRun[], names: Names): Section[] {
  const problems = alike(day.targets);
  if (problems.length === 0) return [];
  const handlers = handlersAmong(runs);
  const rows = problems.slice(0, MOST_PROBLEMS).map((problem) => {
    const { finding, targets } = problem;
    const count = targets.length === 1 ? '' : `${targets.length}: `;
    const cells = [
      VERDICT_WORDS[finding.verdict],
      `${count}${names.several(targets, MOST_NAMES / 2)}`,
      finding.check,
      finding.observed,
      finding.expected,
    ];
    // A command that is cut off is of no use; its parts are short.
    return [
      ...cells.map((text) => shorten(text, LONGEST_CELL)),
      shorten(handledBy(problem, handlers), 2 * LONGEST_CELL),
    ];
  });
  const more = problems.length - rows.length;
  return [
    {
      title: 'What is not as it must be',
      table: {
        columns: ['', 'target', 'check', 'observed', 'expected', 'what handles it'],
        rows: [...rows, ...(more > 0 ? [['…', `${more} more kinds of problems`, '', '', '', '']] : [])],
      },
    },
  ];
}

function targetsSection({ targets }: JudgedDay): Section[] {
  if (targets.length === 0) return [];
  const rows = targets.slice(0, MOST_TARGETS).map(({ target, verdict, bad, passed }) => {
    const checks = [...new Set(bad.filter((one) => one.verdict === verdict).map(({ check }) => check))];
    return [
      target,
      VERDICT_WORDS[verdict],
      shorten(checks.join(', ') || `${passed} checks passed`, LONGEST_NOTE),
    ];
  });
  const more = targets.length - rows.length;
  return [
    {
      title: `All ${targets.length} targets`,
      table: {
        columns: ['target', 'verdict', 'checks'],
        rows: [...rows, ...(more > 0 ? [['…', '', `${more} more, none of them graver`]] : [])],
      },
    },
  ];
}
