import type { CheckChange, DayChange, JudgedDay } from '../../../schemas/daily-health.ts';
import type { Section } from '../../../schemas/run.ts';
import { checkWords } from '../finding-words.ts';
import type { Names } from './names.ts';
import { VERDICT_WORDS } from './verdict-words.ts';

const MOST_NAMES = 10;
const DAY_MILLISECONDS = 86_400_000;
/** A check that is a little late is still the one of the day before. */
const LATE_MILLISECONDS = DAY_MILLISECONDS + 7_200_000;

/** The gravest first; what is as before is a number at the end. */
const CHANGES: ReadonlyArray<readonly [DayChange, string]> = [
  ['newly broken', 'Newly broken'],
  ['still broken', 'Still broken'],
  ['not known any more', 'Not known any more'],
  ['still not known', 'Still not known'],
  ['mended', 'Mended'],
  ['known again', 'Known again, and working'],
  ['new warnings', 'New warnings'],
  ['no more warnings', 'No more warnings'],
  ['declared since', 'Declared since'],
  ['no longer declared', 'No longer declared'],
];

/** What became of everything since the check before, and when that was. */
export function changesSection({ at, previous, changes, within, targets }: JudgedDay, names: Names): Section {
  if (previous === undefined)
    return { title: 'What changed', lines: ['There is no earlier check to compare with.'] };
  const of = (wanted: DayChange) => changes.find(({ change }) => change === wanted)?.targets ?? [];
  const age = Date.parse(at) - Date.parse(previous.at);
  const verdicts = new Map(targets.map(({ target, verdict }) => [target, VERDICT_WORDS[verdict]]));
  const told = CHANGES.flatMap(([change, words]) => {
    const changed = of(change);
    if (changed.length === 0) return [];
    const line = `${words}: ${names.several(changed, MOST_NAMES)}.`;
    if (change === 'still broken') return [line, ...withinLines(within, names)];
    if (change !== 'declared since') return [line];
    const shown = changed
      .slice(0, MOST_NAMES)
      .map((target) => `${names.one(target)} (${verdicts.get(target)})`);
    const more = changed.length - shown.length;
    return [`${words}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`];
  });
  const same = of('as before').length;
  return {
    title: `What changed since ${previous.at.slice(0, 16).replace('T', ' ')} UTC`,
    lines: [
      ...(age > LATE_MILLISECONDS
        ? [`The check before was ${(age / DAY_MILLISECONDS).toFixed(1)} days ago.`]
        : []),
      ...told,
      ...(told.length === 0 ? ['Nothing: all is as it was.'] : same > 0 ? [`As before: ${same}.`] : []),
    ],
  };
}

/** `Within main: newly broken connectivity; mended login demo/analyst.` */
function withinLines(within: readonly CheckChange[], names: Names): string[] {
  const list = (words: string, checks: readonly string[]) => {
    const shown = checks.slice(0, MOST_NAMES).map(checkWords).join(', ');
    const more = checks.length - MOST_NAMES;
    return checks.length === 0 ? [] : [`${words} ${shown}${more > 0 ? ` and ${more} more` : ''}`];
  };
  const more = within.length - MOST_NAMES;
  return [
    ...within
      .slice(0, MOST_NAMES)
      .map(({ target, broken, mended, unknown }) =>
        [
          `Within ${names.one(target)}: `,
          [
            ...list('newly broken', broken),
            ...list('mended', mended),
            ...list('not known any more', unknown),
          ].join('; '),
          '.',
        ].join(''),
      ),
    ...(more > 0 ? [`${more} more are broken in other ways than before.`] : []),
  ];
}
