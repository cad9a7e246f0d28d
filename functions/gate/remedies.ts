import { isBuiltIn } from '../../schemas/gate.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { HANDLED_BY } from '../health/handled-by.ts';
import { runCommand } from '../report/run-command.ts';

/** What a person can do where a check of a gate has not passed. */
export function gateRemedy(
  check: string,
  { name, database }: Pick<ServiceTarget, 'name' | 'database'>,
): string | undefined {
  // Whoever reports it has to make it good.
  if (!isBuiltIn(check))
    return `Make it pass, and report it: \`nightshift gate report ${name} ${check} --passed\``;
  switch (check) {
    case 'rollback-ready':
      return `\`${runCommand('rollback-readiness', `service/${name}`)}\` says what to do.`;
    case 'drill-passed':
      return HANDLED_BY.drill === null || database === undefined
        ? undefined
        : `\`${runCommand(HANDLED_BY.drill, `database/${database.name}`)}\``;
    case 'metrics-healthy':
      return 'Wait until enough was counted and the service is well, or mend it.';
    case 'error-budget':
      return 'Change nothing but what makes the service better, until a part of the budget is left again.';
  }
}
