import { createClock } from '../../../sandbox/clock.ts';
import type { Api, Operation, Permission } from '../../../sandbox/contract.ts';
import { createFaults } from '../../../sandbox/faults/faults.ts';
import { createPolicies } from '../../../sandbox/iam/policies.ts';
import { startWire } from '../../../sandbox/wire/server.ts';

export const ACCOUNT = '123456789012';

/** A wire on a real port, with a policy engine and faults but none of the sandbox's services. */
export async function startTestWire(apis: readonly Api[], options: { speed?: number } = {}) {
  const policies = createPolicies(ACCOUNT);
  const faults = createFaults();
  const log: string[] = [];
  const clock = createClock(options.speed);
  const wire = await startWire({
    findSigner: policies.findSigner,
    policies,
    faults,
    clock,
    log: (line) => void log.push(line),
  });
  for (const api of apis) wire.add(api);
  return {
    wire,
    policies,
    faults,
    log,
    /** What every client of the tests is made with: the administrator, and no retries. */
    client: {
      endpoint: wire.endpoint,
      region: 'us-east-1',
      credentials: policies.administrator,
      maxAttempts: 1,
    },
    close: () => wire.close(),
  };
}

/** An operation that needs one permission and answers by a function. */
export function operation(
  handle: Operation['handle'],
  permissions: (input: never) => Permission[] = () => [],
): Operation {
  return { permissions: permissions as Operation['permissions'], handle };
}
