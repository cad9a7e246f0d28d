import type { Judgement } from '../../schemas/finding.ts';
import type { ReadinessQuestion } from '../../schemas/readiness.ts';
import { finding } from '../health/findings.ts';
import type { CheckKind } from '../health/handled-by.ts';
import type { Part } from '../health/look-at-all.ts';

/** One question about the way back, asked by itself: its answer is one finding. */
export function questionPart(
  question: ReadinessQuestion,
  expected: string,
  look: (signal: AbortSignal) => Promise<Judgement>,
  kind: CheckKind = 'readiness',
): Part {
  return {
    kind,
    check: question,
    expected,
    look: async (signal) => [finding(kind, question, await look(signal))],
  };
}
