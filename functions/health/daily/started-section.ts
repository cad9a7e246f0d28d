import type { JudgedDay, StartedRun } from '../../../schemas/daily-health.ts';
import type { Section } from '../../../schemas/run.ts';
import { checkWords } from '../finding-words.ts';
import type { Names } from './names.ts';
import { shorten } from './shorten.ts';
import { startedWords } from './started-words.ts';

/** More are never started at once. */
const MOST_STARTED = 20;
const MOST_NAMES = 5;
const MOST_REASONS = 10;
const LONGEST_REASON = 300;

/** What was started; nothing where nothing is broken. Runs that were not started for the same reason are told together. */
export function startedSection(
  { targets, wanted }: Pick<JudgedDay, 'targets' | 'wanted'>,
  runs: readonly StartedRun[],
  names: Names,
): Section[] {
  if (!targets.some(({ verdict }) => verdict === 'fail')) return [];
  const targetOf = ({ kind, name }: StartedRun) => `${kind}/${name}`;
  const started = runs.filter(({ runId }) => runId !== undefined);
  const not = Map.groupBy(
    runs.filter(({ runId }) => runId === undefined),
    ({ runbook, whyNot = 'nobody knows why' }) => JSON.stringify([runbook, whyNot]),
  );
  const lines = [
    ...started
      .slice(0, MOST_STARTED)
      .map(
        (one) =>
          `${startedWords(one, names.one(targetOf(one)))}, because of ${one.because.map(checkWords).join(', ')}: \`nightshift report ${one.runId}\` tells how it ended.`,
      ),
    ...(started.length > MOST_STARTED ? [`${started.length - MOST_STARTED} more.`] : []),
    ...[...not.values()]
      .slice(0, MOST_REASONS)
      .map(
        (all) =>
          `NOT started: ${all[0]?.runbook} for ${names.several(all.map(targetOf), MOST_NAMES)}: ${all[0]?.whyNot ?? 'nobody knows why'}.`,
      ),
    ...(not.size > MOST_REASONS
      ? [`${not.size - MOST_REASONS} more were not started, for other reasons.`]
      : []),
    ...(wanted.length > runs.length
      ? [`${wanted.length - runs.length} further wanted runs were not started.`]
      : []),
  ];
  return [
    {
      title: 'What was started',
      lines:
        lines.length === 0
          ? ['Nothing: the configuration names no runbook that is started by itself for what is broken.']
          : lines.map((line) => shorten(line, LONGEST_REASON)),
    },
  ];
}
