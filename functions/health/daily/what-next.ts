import type { StartedRun } from '../../../schemas/daily-health.ts';
import { checkWords } from '../finding-words.ts';
import type { Problem } from './alike.ts';
import { commandFor, handlersAmong } from './handled.ts';
import { WHOLE_CHECK } from './judge-targets.ts';
import type { Names } from './names.ts';
import { ONLY_LOOK, startedWords } from './started-words.ts';
import { whatIsLeft } from './what-is-left.ts';

/** A person reads it in ten seconds; all of it stands below. */
const MOST_NAMES = 3;
const MOST_ITEMS = 5;

/**
 * What a person has to do: each thing that no run was started for, gravest first.
 *
 * @param stuck services that could not be rolled back: nothing is broken by that, until their next release is
 */
export function whatNext(
  problems: readonly Problem[],
  runs: readonly StartedRun[],
  names: Names,
  stuck: readonly string[] = [],
): string {
  const left = whatIsLeft(problems, handlersAmong(runs));
  const of = (verdict: Problem['finding']['verdict']) =>
    left.filter(({ finding }) => finding.verdict === verdict);
  const unknown = of('unknown').map((one) => itemOf(one, names));
  const warnings = of('warn').map((one) => itemOf(one, names));
  const why = unknown.length === 0 ? [] : [`Find out why ${listed(unknown)} could not be looked at.`];
  const isBroken = problems.some(({ finding }) => finding.verdict === 'fail');
  if (isBroken)
    return [
      ...startedLines(runs, names),
      ...onlyLookedAt(problems, left, names),
      ...forBroken(of('fail'), names),
      ...why,
      ...(warnings.length === 0
        ? []
        : [`Look later at ${listed(warnings)}, which only ${warnings.length === 1 ? 'warns' : 'warn'}.`]),
    ].join(' ');
  const later = [
    ...(warnings.length === 0 ? [] : [`Look today at ${listed(warnings)}.`]),
    ...(stuck.length === 0
      ? []
      : [
          `Should a release of ${names.several(stuck, MOST_NAMES)} go wrong, it could not be rolled back: see below.`,
        ]),
  ];
  if (why.length > 0) return [...why, 'Until then nobody knows whether all is well.', ...later].join(' ');
  return later.length === 0 ? 'Nothing.' : ['Nothing at once.', ...later].join(' ');
}

/** What runs already, or why nothing does. */
function startedLines(runs: readonly StartedRun[], names: Names): string[] {
  const started = runs.filter(({ runId }) => runId !== undefined);
  const whyNot = new Set(runs.flatMap((one) => one.whyNot ?? []));
  if (started.length === 0) return whyNot.size === 1 ? [`Nothing was started: ${[...whyNot][0]}.`] : [];
  const more = started.length - MOST_NAMES;
  return [
    ...started
      .slice(0, MOST_NAMES)
      .map(
        (one) =>
          `${startedWords(one, names.one(`${one.kind}/${one.name}`))} was started: \`nightshift watch ${one.runId}\`.`,
      ),
    ...(more > 0 ? [`So were ${more} more, see below.`] : []),
  ];
}

/** What a started run looks at and does not mend. */
function onlyLookedAt(all: readonly Problem[], left: readonly Problem[], names: Names): string[] {
  const waiting = new Set(left.map(({ finding }) => finding));
  const seen = all.filter(
    ({ finding }) =>
      finding.verdict === 'fail' && ONLY_LOOK.has(finding.runbook ?? '') && !waiting.has(finding),
  );
  if (seen.length === 0) return [];
  const advice = new Set(seen.flatMap(({ finding }) => finding.next ?? []));
  return [
    `Mend ${listed(seen.map((one) => itemOf(one, names)))} yourself: a validation only looks.`,
    ...[...advice].slice(0, 1),
  ];
}

function forBroken(left: readonly Problem[], names: Names): string[] {
  const commands = new Set(
    left.flatMap(({ finding: { runbook }, targets }) =>
      runbook === undefined ? [] : targets.map((target) => commandFor(runbook, target)),
    ),
  );
  const alone = left
    .filter(({ finding }) => finding.runbook === undefined)
    .map((problem) => itemOf(problem, names));
  const shown = [...commands].slice(0, MOST_NAMES).join(', ');
  return [
    ...(commands.size > MOST_NAMES ? ['Look first for something that they have in common.'] : []),
    ...(commands.size > 0
      ? [`Start ${shown}${commands.size > MOST_NAMES ? ', and so on, see below' : ''}.`]
      : []),
    ...(alone.length > 0
      ? [`Look at ${listed(alone)}: no runbook handles ${alone.length === 1 ? 'it' : 'them'}.`]
      : []),
  ];
}

/** `login demo/analyst of main`; a target alone where nothing of it was looked at. */
function itemOf({ finding, targets }: Problem, names: Names): string {
  const having = names.several(targets, MOST_NAMES);
  return finding.check === WHOLE_CHECK ? having : `${checkWords(finding.check)} of ${having}`;
}

function listed(all: readonly string[]): string {
  // What several readings of the same check have found is one thing to look at.
  const items = [...new Set(all)];
  const more = items.length - MOST_ITEMS;
  return `${items.slice(0, MOST_ITEMS).join('; ')}${more > 0 ? `; ${more} more, see below` : ''}`;
}
