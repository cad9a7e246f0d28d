import { variablesOf } from '../../schemas/preflight/requirement.ts';
import type { PreflightConfig } from './preflight-schema.ts';

/** Conditions that lead back to themselves: what each needs is what the next one waits for. Every cycle is told once. */
export function conditionCycles(conditional: PreflightConfig['conditional'], where: string): string[] {
  const next = new Map<string, Set<string>>();
  for (const { when, require: needed } of conditional)
    next.set(when.variable, new Set([...(next.get(when.variable) ?? []), ...needed.flatMap(variablesOf)]));
  const done = new Set<string>();
  const problems: string[] = [];
  const walk = (variable: string, trail: readonly string[]) => {
    const from = trail.indexOf(variable);
    if (from >= 0) {
      const cycle = trail.slice(from);
      const index = conditional.findIndex(({ when }) => when.variable === cycle[0]);
      problems.push(
        `${where}[${index}]: the conditions go in a circle: ${[...cycle, variable].join(' → ')}; each is needed because of the other. Put what is always needed under require.`,
      );
      return;
    }
    if (done.has(variable)) return;
    for (const needed of next.get(variable) ?? []) walk(needed, [...trail, variable]);
    done.add(variable);
  };
  for (const variable of next.keys()) walk(variable, []);
  return problems;
}
