import type { Check } from '../../../schemas/run.ts';
import { cut } from '../../report/cut.ts';
import { check, counted, listed } from '../validate/check.ts';
import { type Comparison, isLoss, type TableComparison } from './comparison.ts';
import { printed } from './names.ts';

/**
 * Tables that get a check of their own, and characters of each text. Together they make the cause of a failed execution, for which
 * Step Functions takes 32,768 characters.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
 */
const MOST_TABLES = 50;
const LONGEST_TEXT = 300;
/** What is told of things around the tables does not fail, so it makes no cause. */
const LONGEST_LIST = 4000;

/**
 * A comparison as evidence: a check for each table that lost or may have lost something, one that counts the tables, and one that
 * tells what else is not as it was. Differences of definitions, roles, extensions and settings do not fail: they need not be losses.
 */
export function comparisonChecks({ tables, surroundings }: Comparison): Check[] {
  const bad = tables.filter(({ verdict }) => isLoss(verdict));
  const rest = bad.slice(MOST_TABLES);
  return [
    ...bad.slice(0, MOST_TABLES).map((table) => check(`rows of ${printed(table)}`, false, finding(table))),
    ...(rest.length === 0
      ? []
      : [
          check(
            'rows of further tables',
            false,
            cut(
              `${rest.length} more tables are not as in the manifest: ${listed(rest.map(printed))}`,
              LONGEST_TEXT,
            ),
          ),
        ]),
    check('rows', bad.length === 0, totals(tables)),
    around(tables, surroundings),
  ];
}

/** The comparison's own sentence without the table's name, which the check has, and what changed of its definition. */
function finding({ differences, summary, ...table }: TableComparison): string {
  const name = `${printed(table)}: `;
  const sentence = summary.startsWith(name) ? summary.slice(name.length) : summary;
  return cut([sentence, ...differences].join('; '), LONGEST_TEXT);
}

function totals(tables: readonly TableComparison[]): string {
  const known = tables.filter(({ verdict }) => verdict !== 'new');
  if (known.length === 0) return `the manifest has no tables${added(tables.length)}`;
  const of = (...verdicts: TableComparison['verdict'][]) =>
    known.filter(({ verdict }) => verdicts.includes(verdict));
  const good = of('identical', 'newer');
  const partly = good.filter(({ scope }) => scope !== 'all');
  const unchecked = of('unchecked');
  const newer = of('newer').reduce((sum, { rows }) => sum + (rows?.newer ?? 0), 0);
  return [
    `${good.length} of ${counted(known.length, 'table', 'tables')} ${known.length === 1 ? 'is' : 'are'} as in the manifest or newer`,
    ...(newer === 0 ? [] : [`${counted(newer, 'row was', 'rows were')} written since`]),
    ...(partly.length === 0 ? [] : [`of ${partly.length} a part of the contents was compared`]),
    ...(unchecked.length === 0
      ? []
      : [`${unchecked.length} not checked (${listed(unchecked.map(printed))})`]),
  ]
    .join('; ')
    .concat(added(tables.length - known.length))
    .slice(0, LONGEST_LIST);
}

const added = (count: number) =>
  count === 0 ? '' : `; ${counted(count, 'table is', 'tables are')} not in the manifest`;

function around(tables: readonly TableComparison[], surroundings: readonly string[]): Check {
  const definitions = tables
    .filter(({ verdict }) => !isLoss(verdict))
    .flatMap(({ differences, ...table }) => differences.map((what) => `${printed(table)}: ${what}`));
  const all = [...surroundings, ...definitions];
  return check(
    'around the tables',
    true,
    all.length === 0
      ? 'definitions, extensions, roles, memberships and settings are as in the manifest'
      : cut(`not as in the manifest: ${listed(all)}`, LONGEST_LIST),
  );
}
