import type { RunRecord } from '../../schemas/run.ts';
import { looksOnly } from './looks-only.ts';
import { cell, table } from './markdown-text.ts';
import { duration } from './timings.ts';

/** What a run would do, or did; nothing of one that only looks but its warnings. */
export function planPart({ plan: made, acted }: Pick<RunRecord, 'plan' | 'acted'>): string[] {
  if (made === undefined) return [];
  const warnings = [
    ...made.warnings.map((warning) => `> ${warning}`),
    ...(made.warnings.length > 0 ? [''] : []),
  ];
  if (looksOnly(made)) return warnings;
  return [
    `## ${acted ? 'What was done' : 'What would be done'}`,
    '',
    ...made.actions.map(
      (action) =>
        `- **${action.title}** (\`${action.call}\` on \`${action.resource}\`), expected to take ${duration(action.expectedSeconds)}. To undo: ${action.undo}`,
    ),
    '',
    ...(made.changes.length > 0
      ? [
          made.words?.changes ?? 'What changes:',
          '',
          ...table(
            ['what', 'from', 'to'],
            made.changes.map(({ what, from, to }) => [`\`${cell(what)}\``, cell(from), cell(to)]),
          ),
          '',
        ]
      : []),
    ...warnings,
    `Plan \`${made.hash.slice(0, 12)}\``,
    '',
  ];
}
