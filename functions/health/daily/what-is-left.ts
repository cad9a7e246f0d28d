import type { Problem } from './alike.ts';
import type { Handlers } from './handled.ts';

/** Problems with those of their targets for which the runbook that handles them was not started, in the same order. */
export function whatIsLeft(problems: readonly Problem[], handlers: Handlers): Problem[] {
  return problems.flatMap(({ finding, targets }) => {
    const { runbook } = finding;
    const left =
      runbook === undefined
        ? targets
        : targets.filter((target) => handlers.of(target, runbook)?.runId === undefined);
    return left.length === 0 ? [] : [{ finding, targets: left }];
  });
}
