import * as z from 'zod/mini';
import { type Check, Evidence, Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { type Consumer, readConsumers } from '../ecs/consumers.ts';
import { readStopped } from '../ecs/stopped-service.ts';
import { audit } from '../run/audit-log.ts';
import { type PlannedSecret, rotationOf } from '../secrets/rotation-state.ts';
import { type StepTools, step } from '../step.ts';
import { untilAsked } from './ask-declared.ts';
import { probeService, probeStatus } from './probe-service.ts';

const Input = z.object({
  run: Run,
  target: z.discriminatedUnion('kind', [DatabaseTarget, SecretTarget, SecretsTarget]),
  /** Of a rotation: it says whose consumers are asked, and what for. */
  plan: z.optional(Plan),
});
type Input = z.infer<typeof Input>;

/**
 * Asks every consumer of the database, or of the rotated secrets, that is meant to run whether it is live and ready and answers as it
 * declares (P-01), and what else proves that it can use a secret.
 */
export const handler = step({
  name: 'probe-consumers',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: probe,
});

async function probe({ run, target, plan }: Input, tools: StepTools): Promise<Evidence> {
  const secrets = target.kind === 'database' || plan === undefined ? [] : usedSecrets(plan);
  const names =
    target.kind === 'database'
      ? target.consumers
      : [...new Set(secrets.flatMap((secret) => secret.consumers))];
  const consumers = await readConsumers({ consumers: names });
  const signal = untilAsked(tools.signal);
  const checks = (
    await Promise.all(
      consumers.map((consumer) =>
        probeConsumer(
          consumer,
          secrets.filter((secret) => secret.consumers.includes(consumer.target.name)),
          signal,
        ),
      ),
    )
  ).flat();
  for (const { name, passed, measured } of checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return { passed: checks.every(({ passed }) => passed), checks };
}

const usedSecrets = (plan: Plan) => rotationOf(plan).secrets.filter(({ does }) => does !== 'leave');

/** A service that rests on purpose proves nothing and fails nothing; one that should run and has no tasks has failed. */
async function probeConsumer(
  { target, service }: Consumer,
  secrets: readonly PlannedSecret[],
  signal: AbortSignal,
): Promise<Check[]> {
  const check = (passed: boolean, measured: string): Check[] => [
    { name: `${target.name} tasks`, passed, measured, at: new Date().toISOString() },
  ];
  if (service === undefined) return check(false, 'ECS has no such active service');
  const { desiredCount = 0 } = service;
  if (desiredCount > 0)
    return [
      ...(await probeService(target, signal, `${target.name} `)),
      ...(await Promise.all(
        secrets.flatMap(({ name, adoption }) =>
          adoption === null
            ? []
            : [probeStatus(`${target.name} uses ${name}`, target, adoption.path, adoption.statuses, signal)],
        ),
      )),
    ];
  const meant = (await readStopped(target))?.desiredCount ?? 0;
  return meant === 0 ? check(true, 'none, as before') : check(false, `none; ${meant} when it was stopped`);
}
