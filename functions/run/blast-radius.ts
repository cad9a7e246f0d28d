import type { PolicyEntry } from '../../schemas/deployment.ts';
import type { RunRequest } from '../../schemas/run.ts';
import type { Target } from '../../schemas/target.ts';
import { selectSecrets } from '../secrets/select-secrets.ts';

/**
 * When a runbook stops and starts the services that use its target, or deploys them anew: `swap`, only where it swaps instances.
 */
export type LocksConsumers = 'never' | 'swap' | 'always';

/** Whether one instance takes another's place: a swap that was asked for, or one that is finished or undone. */
function swaps({ mode, unfinished }: RunRequest): boolean {
  return mode === 'swap' || unfinished !== undefined;
}

/** Whether the plan waits for a person. */
export function needsApproval(
  policy: Pick<PolicyEntry, 'approval'>,
  runbook: string,
  request: RunRequest = {},
): boolean {
  const rule = policy.approval[runbook];
  return rule === 'always' || (rule === 'swap' && swaps(request));
}

/**
 * Keys of the locks that a run needs beside that of its target, in the order in which they are taken.
 *
 * @throws InvalidInput where it is asked for secrets that are not declared
 */
export function consumerLocks(rule: LocksConsumers, target: Target, request: RunRequest = {}): string[] {
  if (rule === 'never' || (rule === 'swap' && !swaps(request))) return [];
  switch (target.kind) {
    case 'service':
    case 'cache':
    case 'fleet':
      return [];
    case 'secrets': {
      const selected = selectSecrets(target, request);
      return [
        ...selected.map(({ name }) => `secret/${name}`),
        ...services(selected.flatMap(({ consumers }) => consumers)),
      ].sort();
    }
    default:
      return services(target.consumers).sort();
  }
}

const services = (consumers: readonly string[]) => [
  ...new Set(consumers.map((consumer) => `service/${consumer}`)),
];
