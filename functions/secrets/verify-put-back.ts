import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { readDeclared } from '../ecs/consumers.ts';
import { VerificationFailed } from '../errors.ts';
import { untilAsked } from '../http/ask-declared.ts';
import { probeService } from '../http/probe-service.ts';
import { readAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { ActionName, PutBack, rotationOf, shortVersion } from './rotation-state.ts';
import { adoptionOf, PACE, type Pace, untilProved } from './until-proved.ts';

const Input = z.object({ run: Run, target: SecretTarget, plan: Plan });
type Input = z.infer<typeof Input>;
const Output = z.object({ secrets: z.array(z.string()) });
type Output = z.infer<typeof Output>;

/** Proves that consumers are well again with the values that were put back. */
export const handler = step({
  name: 'verify-put-back',
  phase: 'act',
  input: Input,
  output: Output,
  run: (input, tools) => verify(input, tools, PACE),
});

/** What the step does, at a pace of the caller's choice. */
export async function verify({ run, plan }: Input, tools: StepTools, pace: Pace): Promise<Output> {
  const { data } = z.safeParse(PutBack, (await readAction(run.id, ActionName.putBack))?.result);
  if (data === undefined) return { secrets: [] };
  const planned = new Map(rotationOf(plan).secrets.map((secret) => [secret.name, secret]));
  const returned = data.putBack.flatMap((one) => {
    const secret = planned.get(one.name);
    return secret === undefined ? [] : [{ ...secret, ...one }];
  });
  const found = await untilProved(
    // Tasks that never held another value than this have not been started anew: that they are well is enough.
    returned.filter(({ wasCurrent }) => wasCurrent),
    (one) => adoptionOf(one, data.at, tools.signal),
    pace,
    tools.signal,
  );
  const consumers = await readDeclared({ consumers: [...new Set(returned.flatMap((one) => one.consumers))] });
  const signal = untilAsked(tools.signal);
  const health = await Promise.all(
    consumers
      .filter(({ service }) => (service?.desiredCount ?? 0) > 0)
      .map(({ target }) => probeService(target, signal, `${target.name} `)),
  );
  const checks = [...[...found.values()].flatMap((one) => one.checks), ...health.flat()];
  for (const { name, passed, measured } of checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  const bad = checks.filter(({ passed }) => !passed);
  const names = returned.map(({ name, version }) => `${name} (version ${shortVersion(version)})`).join(', ');
  if (bad.length > 0)
    throw new VerificationFailed(
      `The earlier value of ${names} is current and good again, but not all is well with it: ${bad.map(({ name, measured }) => `${name}: ${measured}`).join('; ')}.`,
    );
  return { secrets: returned.map(({ name }) => name) };
}
