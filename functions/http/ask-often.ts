import type { Verdict } from '../../schemas/finding.ts';
import { bodyWords } from './body-words.ts';
import { type AnswerExpectation, judgeAnswer, type NamedJudgement } from './probe/judge-answer.ts';
import { type ProbeSettings, probe } from './probe/probe.ts';

/** Each address is asked this often, so that every task is likely to be met and one slow answer does not decide. */
const PROBES = 5;
/** After so many problems the answer is known; a service that hangs is not asked on and on. */
const ENOUGH_PROBLEMS = 2;
/** Nor is one that is slow: as long as two that do not answer. Milliseconds. */
const MOST_ASKING_MILLISECONDS = 10_000;

/** What came of asking one address several times. */
export interface Asked {
  /** `unknown` where nothing wrong was seen, and not all could be looked at. */
  readonly verdict: Extract<Verdict, 'pass' | 'fail' | 'unknown'>;
  /** `/items answered 200 5 times`, or what was wrong with it. */
  readonly measured: string;
  /** How long each answer took, in milliseconds. */
  readonly times: readonly number[];
}

/** Asks one address several times over fresh connections, and judges the answers together: one that is wrong is enough. */
export async function askOften(
  path: string,
  url: string,
  expectation: AnswerExpectation,
  settings: ProbeSettings,
): Promise<Asked> {
  const started = performance.now();
  const statuses = new Set<number>();
  const times: number[] = [];
  const problems: Problem[] = [];
  const goesOn = (asked: number) =>
    asked < PROBES &&
    problems.length < ENOUGH_PROBLEMS &&
    !settings.signal?.aborted &&
    (asked === 0 || performance.now() - started < MOST_ASKING_MILLISECONDS);
  for (let asked = 0; goesOn(asked); asked += 1) {
    const result = await probe({ url }, settings);
    const problem = judgeAnswer(result, expectation).find(({ verdict }) => verdict !== 'pass');
    if (problem !== undefined)
      problems.push(result instanceof Error ? problem : { ...problem, status: result.status });
    if (result instanceof Error) continue;
    times.push(result.milliseconds);
    statuses.add(result.status);
  }
  const [problem] = problems.toSorted((one, other) => gravity(other) - gravity(one));
  if (problem !== undefined)
    return {
      verdict: problem.verdict === 'fail' ? 'fail' : 'unknown',
      measured: `${path} ${wording(problem)} (${problems.length} times)`,
      times,
    };
  if (times.length === 0)
    return { verdict: 'unknown', measured: `${path} was not asked: the time was up`, times };
  return {
    verdict: 'pass',
    measured: `${path} answered ${[...statuses].join(' or ')} ${times.length} times`,
    times,
  };
}

interface Problem extends NamedJudgement {
  /** That was answered, where something was. */
  readonly status?: number;
}

const gravity = ({ verdict }: Problem): number => (verdict === 'fail' ? 1 : 0);

/** The end of a sentence about the address. */
function wording(problem: Problem): string {
  const { check, observed, expected, status } = problem;
  if (check === 'readiness') return observed;
  if (check === 'answer')
    return status === undefined ? observed : `answered ${status}, wanted ${expected.replace('status ', '')}`;
  // A value that is another one says nothing without the one that was expected.
  const wanted = observed.startsWith('$') ? `, wanted ${expected}` : '';
  return `answered ${status}, but ${bodyWords(problem)}${wanted}`;
}
