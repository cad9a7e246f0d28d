import type { Judgement } from '../../../schemas/finding.ts';
import type { JsonAssertion } from '../../../schemas/health/json-assertion.ts';
import { whyNotReady } from '../health-answer.ts';
import { type FailureKind, ProbeFailure, verdictOf } from './failure.ts';
import { judgeJson } from './json-assertion.ts';
import type { ProbeAnswer } from './probe.ts';

/** What an answer should be. */
export interface AnswerExpectation {
  /** 200 when not given. */
  readonly status?: readonly number[];
  /** The body says that the service is ready, and so does every entry of its `checks` (P-01). */
  readonly ready?: boolean;
  readonly json?: readonly JsonAssertion[];
}

export interface NamedJudgement extends Judgement {
  /** `answer`, `readiness`, or the path of a JSON assertion. */
  readonly check: string;
  /** Why there was no answer. */
  readonly failure?: FailureKind;
}

/** Judges one answer, or why there is none, by all that is expected of it. */
export function judgeAnswer(
  result: ProbeAnswer | ProbeFailure,
  { status = [200], ready = false, json = [] }: AnswerExpectation,
): NamedJudgement[] {
  const expectedStatus = `status ${status.join(' or ')}`;
  if (result instanceof ProbeFailure) {
    const verdict = verdictOf(result);
    return [
      { check: 'answer', verdict, observed: result.message, expected: expectedStatus, failure: result.kind },
      ...unlooked(ready, json, 'there is no whole answer'),
    ];
  }
  const met = status.includes(result.status);
  const answer: NamedJudgement = {
    check: 'answer',
    verdict: met ? 'pass' : 'fail',
    observed: `status ${result.status}`,
    expected: expectedStatus,
  };
  const why = ready ? whyNotReady(result) : undefined;
  const readiness: NamedJudgement = {
    check: 'readiness',
    verdict: why === undefined ? 'pass' : 'fail',
    observed: why ?? 'ready',
    expected: 'every check of the service is ready',
  };
  return [answer, ...(ready ? [readiness] : []), ...judgeBody(result, json)];
}

function judgeBody(
  answer: Pick<ProbeAnswer, 'body' | 'bytes' | 'truncated'>,
  assertions: readonly JsonAssertion[],
): NamedJudgement[] {
  if (assertions.length === 0) return [];
  const parsed = parseJson(answer);
  if ('why' in parsed)
    return assertions.map(({ path }) => ({
      check: path,
      verdict: 'fail',
      observed: parsed.why,
      expected: `JSON with ${path}`,
    }));
  return assertions.map((assertion) => ({ check: assertion.path, ...judgeJson(parsed.document, assertion) }));
}

function parseJson({
  body,
  bytes,
  truncated,
}: Pick<ProbeAnswer, 'body' | 'bytes' | 'truncated'>): { document: unknown } | { why: string } {
  if (truncated) return { why: `answered more than the ${bytes} bytes that are read` };
  if (body.trimStart().startsWith('<')) return { why: 'answered HTML instead of JSON' };
  if (body.trim() === '') return { why: 'answered with an empty body instead of JSON' };
  try {
    return { document: JSON.parse(body) };
  } catch {
    return { why: 'answered broken JSON' };
  }
}

function unlooked(ready: boolean, json: readonly JsonAssertion[], observed: string): NamedJudgement[] {
  const unknown = (check: string, expected: string): NamedJudgement => ({
    check,
    verdict: 'unknown',
    observed,
    expected,
  });
  return [
    ...(ready ? [unknown('readiness', 'every check of the service is ready')] : []),
    ...json.map(({ path }) => unknown(path, `JSON with ${path}`)),
  ];
}
