import type { JudgedDay, StartedRun } from '../../../schemas/daily-health.ts';
import type { Finding } from '../../../schemas/finding.ts';
import type { Verdict } from '../../../schemas/run.ts';
import { findingWords, labelled } from '../finding-words.ts';
import { alike, type Problem } from './alike.ts';
import { WHOLE_CHECK } from './judge-targets.ts';
import { type Names, namesAmong } from './names.ts';
import { shorten } from './shorten.ts';
import { whatNext } from './what-next.ts';

/** A person reads it in ten seconds. */
const MOST_NAMES = 3;
const MOST_PROBLEMS = 5;
const LONGEST_OBSERVED = 120;

/** A day with what is needed to tell of it. */
interface Told {
  readonly total: number;
  readonly of: Readonly<Record<Finding['verdict'], readonly string[]>>;
  readonly names: Names;
  readonly problems: readonly Problem[];
}

/** The verdict of a daily check, as the first thing that a person reads. */
export function tellDay(
  { targets, readiness }: Pick<JudgedDay, 'targets' | 'readiness'>,
  runs: readonly StartedRun[],
): Verdict {
  const of = (verdict: Finding['verdict']) =>
    targets.filter((one) => one.verdict === verdict).map(({ target }) => target);
  const told: Told = {
    total: targets.length,
    of: { fail: of('fail'), unknown: of('unknown'), warn: of('warn'), pass: of('pass') },
    names: namesAmong(targets.map(({ target }) => target)),
    problems: alike(targets),
  };
  const stuck = readiness.filter(({ ready }) => ready === false).map(({ target }) => target);
  return {
    title: titleOf(told),
    fine: fineNow(told),
    next: whatNext(told.problems, runs, told.names, stuck),
  };
}

function titleOf({ total, of: { fail, unknown, warn, pass }, names }: Told): string {
  if (total === 0) return 'Nothing is declared, so nothing was looked at';
  if (total === 1) return titleOfOne({ fail, unknown, warn, pass }, names);
  const several = (targets: readonly string[]) => names.several(targets, MOST_NAMES);
  if (fail.length > 0) {
    const broken = `${fail.length} of ${total} ${fail.length === 1 ? 'is' : 'are'} broken: ${several(fail)}`;
    return unknown.length === 0 ? broken : `${broken}; ${unknown.length} could not be looked at`;
  }
  if (unknown.length === total) return `None of ${total} could be looked at, so nothing is known`;
  if (unknown.length > 0)
    return `Nothing is known to be broken, but ${unknown.length} of ${total} could not be looked at: ${several(unknown)}`;
  return warn.length > 0
    ? `All ${total} work; ${warn.length} ${warn.length === 1 ? 'has' : 'have'} warnings`
    : `All ${total} are as they must be`;
}

function titleOfOne({ fail, unknown, warn, pass }: Told['of'], names: Names): string {
  const [name = ''] = [...fail, ...unknown, ...warn, ...pass].map(names.one);
  if (fail.length > 0) return `${name} is broken`;
  if (unknown.length > 0) return `${name} could not be looked at, so nothing is known of it`;
  return warn.length > 0 ? `${name} works, with warnings` : `${name} is as it must be`;
}

function fineNow({ total, of: { fail, unknown, warn }, names, problems }: Told): string {
  const what = (verdict: Finding['verdict']) => inShort(problems, verdict, names);
  if (total === 0) return 'Nobody knows: nothing is declared.';
  if (fail.length > 0) return `No. ${what('fail')}`;
  if (unknown.length > 0)
    return `As far as is known; but ${unknown.length === 1 ? 'one target' : `${unknown.length} targets`} could not be looked at. ${what('unknown')}`;
  return warn.length > 0
    ? `Yes, with warnings. ${what('warn')}`
    : `Yes: ${total === 1 ? 'it' : `each of ${total}`} passed all its checks.`;
}

/** `api, web: /ready answered 503. main: login demo/analyst: …`: the gravest of them, those of the same targets together. */
function inShort(all: readonly Problem[], verdict: Finding['verdict'], names: Names): string {
  const problems = all.filter(({ finding }) => finding.verdict === verdict);
  const shown = Map.groupBy(problems.slice(0, MOST_PROBLEMS), ({ targets }) => targets.join());
  const more = problems.length - MOST_PROBLEMS;
  return [
    ...[...shown.values()].map((ones) => {
      const words = ones.map(({ finding }) => shorten(wordsOf(finding), LONGEST_OBSERVED));
      return `${labelled(names.several(ones[0]?.targets ?? [], MOST_NAMES), words.join('; '))}.`;
    }),
    ...(more > 0 ? [`${more} more below.`] : []),
  ].join(' ');
}

/** Of a target that was not looked at at all there is no check to name. */
const wordsOf = (finding: Finding) =>
  finding.check === WHOLE_CHECK ? finding.observed : findingWords(finding);
