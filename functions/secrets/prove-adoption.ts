import * as z from 'zod/mini';
import { type Check, Evidence, Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { readRotationProgress } from './rotation-progress.ts';
import { ActionName, type Adoption, type PlannedSecret, rotationOf, shortVersion } from './rotation-state.ts';
import { readStanding } from './standing.ts';
import { adoptionOf, type Found, isProved, PACE, type Pace, untilProved } from './until-proved.ts';

const Input = z.object({ run: Run, target: z.union([SecretTarget, SecretsTarget]), plan: Plan });
type Input = z.infer<typeof Input>;

/** Proves that consumers use the current value of every secret, and that none of them uses an earlier one. */
export const handler = step({
  name: 'prove-adoption',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: (input, tools) => prove(input, tools, PACE),
});

/** What the step does, at a pace of the caller's choice. */
export async function prove({ run, plan }: Input, tools: StepTools, pace: Pace): Promise<Evidence> {
  const { secrets } = rotationOf(plan);
  const found = await untilProved(
    secrets,
    (secret) => lookAtAdoption(secret, run.id, tools.signal),
    pace,
    tools.signal,
  );
  const at = new Date().toISOString();
  const result: Adoption = {
    secrets: Object.fromEntries([...found].map(([name, one]) => [name, isProved(one) ? at : null])),
  };
  // Later steps go by it: nothing is retired that is not in it.
  await writeAction(run.id, {
    step: ActionName.prove,
    status: 'done',
    call: 'lambda:InvokeFunction',
    at,
    result,
  });
  const checks = [...found].flatMap(([name, one]) =>
    one.checks.map((check) => ({ ...check, name: found.size > 1 ? `${name}: ${check.name}` : check.name })),
  );
  for (const { name, passed, measured } of checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return { passed: [...found.values()].every(isProved), checks };
}

async function lookAtAdoption(secret: PlannedSecret, run: string, signal: AbortSignal): Promise<Found> {
  const at = new Date().toISOString();
  const rotated = (passed: boolean, measured: string) => ({ name: 'current version', passed, measured, at });
  if (secret.does === 'leave')
    return { checks: [rotated(false, `left as it is: ${secret.why}`)], final: true };
  const standing = await readStanding(secret, run);
  if (standing.why !== undefined) return { checks: [rotated(false, standing.why)] };
  const { version, since } = standing;
  const { checks } = await adoptionOf(secret, since, signal);
  return {
    checks: [
      rotated(true, `${shortVersion(version)}, since ${since}`),
      ...checks,
      ...(await refusedTime(secret, at)),
    ],
  };
}

/** How long the old value was refused while consumers could not have the new one yet, where a keeper measured that. */
async function refusedTime({ name, token }: PlannedSecret, at: string): Promise<Check[]> {
  const progress = token === null ? undefined : await readRotationProgress(name, token);
  const milliseconds = progress?.refusedMilliseconds;
  if (milliseconds === undefined) return [];
  return [{ name: 'new connections refused', passed: true, measured: `for ${milliseconds} ms`, at }];
}
