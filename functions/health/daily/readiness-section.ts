import type { ReadinessLine } from '../../../schemas/daily-health.ts';
import type { Section } from '../../../schemas/run.ts';
import { namesAmong } from './names.ts';

const MOST_LINES = 40;
const MOST_NAMES = 10;

/** Whether each service could be rolled back: those that could not come first, and those that nobody has looked at share a line. */
export function readinessSection(readiness: readonly ReadinessLine[]): Section[] {
  if (readiness.length === 0) return [];
  const known = readiness
    .filter(({ ready }) => ready !== null)
    .toSorted((left, right) => Number(left.ready) - Number(right.ready));
  const unknown = readiness.filter(({ ready }) => ready === null);
  const [only] = unknown;
  const more = known.slice(MOST_LINES);
  const notReady = more.filter(({ ready }) => ready === false).length;
  return [
    {
      title: 'Could they be rolled back',
      lines: [
        ...known.slice(0, MOST_LINES).map(({ line }) => line),
        ...(more.length > 0
          ? [
              `${more.length} more, ${notReady === 0 ? 'all of them ready' : `of which ${notReady} are NOT ready`}.`,
            ]
          : []),
        ...(unknown.length === 1 && only !== undefined ? [only.line] : []),
        ...(unknown.length > 1
          ? [
              `Not known, as nobody has looked lately: ${namesAmong([]).several(
                unknown.map(({ target }) => target),
                MOST_NAMES,
              )}.`,
            ]
          : []),
      ],
    },
  ];
}
