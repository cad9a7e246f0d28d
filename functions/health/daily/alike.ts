import type { JudgedTarget } from '../../../schemas/daily-health.ts';
import type { Finding } from '../../../schemas/finding.ts';
import { graverFirst } from './judge-targets.ts';

/** The same thing that is wrong with one target, or with many of its kind. */
export interface Problem {
  /** As it was found of the first of them. */
  readonly finding: Finding;
  readonly targets: readonly string[];
}

/** What did not pass, each problem told once: gravest first, then what most targets have. */
export function alike(judged: readonly JudgedTarget[]): Problem[] {
  const problems = new Map<string, { finding: Finding; targets: Set<string> }>();
  for (const { target, bad } of judged)
    for (const finding of bad) {
      const key = likenessOf(target, finding);
      const known = problems.get(key);
      if (known === undefined) problems.set(key, { finding, targets: new Set([target]) });
      else known.targets.add(target);
    }
  return [...problems.values()]
    .map(({ finding, targets }) => ({ finding, targets: [...targets] }))
    .toSorted(
      (left, right) => graverFirst(left.finding, right.finding) || right.targets.length - left.targets.length,
    );
}

/** Measured values differ from target to target. What an answer said does not: 503 is another problem than 401. */
const MEASURED = /(?<!status |answer(?:s|ed)? )(?<![\w.-])\d+(?:[.:]\d+)*(?!\w)/g;

/** Equal where two findings differ in nothing but in what was measured and in the name of their target. */
function likenessOf(target: string, { check, verdict, observed, expected, runbook }: Finding): string {
  const slash = target.indexOf('/');
  const name = target.slice(slash + 1);
  const words = [check, observed, expected].map((text) =>
    text.replaceAll(/[\w-]+/g, (word) => (word === name ? '…' : word)).replaceAll(MEASURED, '0'),
  );
  return JSON.stringify([target.slice(0, slash), verdict, runbook ?? null, ...words]);
}
