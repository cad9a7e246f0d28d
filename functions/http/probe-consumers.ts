import * as z from 'zod/mini';
import { type Check, Evidence, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { type Consumer, readConsumers } from '../ecs/consumers.ts';
import { readStopped } from '../ecs/stopped-service.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { probeService } from './probe-service.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Asks every consumer of the database that is meant to run whether it is live and ready (P-01). */
export const handler = step({
  name: 'probe-consumers',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: probe,
});

async function probe({ run, target }: Input, tools: StepTools): Promise<Evidence> {
  const consumers = await readConsumers(target);
  const checks = (await Promise.all(consumers.map(probeConsumer))).flat();
  for (const { name, passed, measured } of checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return { passed: checks.every(({ passed }) => passed), checks };
}

/** A service that rests on purpose proves nothing and fails nothing; one that should run and has no tasks has failed. */
async function probeConsumer({ target, service }: Consumer): Promise<Check[]> {
  const check = (passed: boolean, measured: string): Check[] => [
    { name: `${target.name} tasks`, passed, measured, at: new Date().toISOString() },
  ];
  if (service === undefined) return check(false, 'ECS has no such active service');
  const { desiredCount = 0 } = service;
  if (desiredCount > 0) return probeService(target, `${target.name} `);
  const meant = (await readStopped(target))?.desiredCount ?? 0;
  return meant === 0 ? check(true, 'none, as before') : check(false, `none; ${meant} when it was stopped`);
}
