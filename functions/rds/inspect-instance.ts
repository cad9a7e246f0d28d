import { paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { unknownName } from '../../schemas/nearest-name.ts';
import { Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { inspectedInstance } from './instance-settings.ts';
import { type InspectedInstance, Situation } from './state.ts';
import { findUnfinishedSwap } from './unfinished-swap.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Looks at the declared instance, and whether an earlier run left a swap half-way. */
export const handler = step({
  name: 'inspect-instance',
  phase: 'plan',
  input: Input,
  output: Situation,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<Situation> {
  // In one look: between two, a rename could hide an instance from both.
  const instances = await listInstances();
  const declared = target.instance.toLowerCase();
  const instance = instances.find(({ identifier }) => identifier === declared) ?? null;
  const unfinishedSwap = findUnfinishedSwap(instances, target) ?? null;
  if (instance === null && unfinishedSwap === null) {
    throw new PreconditionFailed(
      `${unknownName(
        'DB instance of this region',
        target.instance,
        instances.map(({ identifier }) => identifier),
      )} Nothing was changed. Is the configuration of ${target.name} still right?`,
      { instance: target.instance },
    );
  }
  const parts = [
    ...(instance === null
      ? [`No instance is called ${declared}`]
      : [
          `${declared} is ${instance.status}: ${instance.settings.instanceClass}, PostgreSQL ${instance.engineVersion}, ${instance.settings.allocatedGigabytes} GiB, ${instance.encrypted ? 'encrypted' : 'not encrypted'}`,
        ]),
    ...(unfinishedSwap === null
      ? []
      : [
          `the run ${unfinishedSwap.run} left a swap half-way: the original is ${unfinishedSwap.original.identifier}, the restored one ${unfinishedSwap.restored.identifier}`,
        ]),
  ];
  await audit(run.id, tools, 'observation', `${parts.join('; ')}.`, {
    instance: instance?.arn ?? null,
    resourceId: instance?.resourceId ?? null,
    latestRestorableAt: instance?.latestRestorableAt ?? null,
    swap: unfinishedSwap?.run ?? null,
  });
  return { instance, unfinishedSwap };
}

async function listInstances(): Promise<InspectedInstance[]> {
  const found: InspectedInstance[] = [];
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds() }, {}))
    found.push(...DBInstances.map(inspectedInstance));
  return found;
}
