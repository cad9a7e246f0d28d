import * as z from 'zod/mini';
import { type Check, Evidence, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { RunbookError } from '../errors.ts';
import { notCarriedOver } from '../rds/carry-over.ts';
import { describeInstance } from '../rds/describe-instance.ts';
import { instanceSettings } from '../rds/instance-settings.ts';
import { type ListedInstance, listInstances } from '../rds/list-instances.ts';
import { RecoveryPoint } from '../rds/state.ts';
import { describe, partners, SwapNames } from '../rds/swap-position.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { clientSessions, countSessions } from './client-sessions.ts';
import { expectationsOf, plannedHeads } from './expectations.ts';
import { readLogin } from './login.ts';
import { evidence, proveDatabase, validateAt } from './prove-database.ts';
import { openSession } from './session.ts';
import { check, failure } from './validate/check.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  plan: Plan,
  recoveryPoint: z.optional(RecoveryPoint),
});
type Input = z.infer<typeof Input>;

const Observed = z.object({
  swaps: z.boolean(),
  undoes: z.boolean(),
  names: SwapNames,
  /** Nothing was restored: the original has had a migration taken back. */
  migratesDown: z.optional(z.boolean()),
});
type Observed = z.infer<typeof Observed>;

const IDENTITY = 'the instance is the right one';
const STRAGGLERS = 'consumers still connected to the old instance';

/** Looks at where the data are now with fresh eyes: who has which name, what it holds, and who still uses what it replaced. */
export const handler = step({
  name: 'verify-restore',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: verify,
});

async function verify(input: Input, tools: StepTools): Promise<Evidence> {
  const found = evidence(await checksOf(input));
  for (const { name, passed, measured } of found.checks)
    await audit(input.run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return found;
}

async function checksOf({ run, target, plan, recoveryPoint }: Input): Promise<Check[]> {
  const observed = z.parse(Observed, plan.observed);
  const { swaps, undoes, names, migratesDown = false } = observed;
  const declared = target.instance.toLowerCase();
  const { original, restored } = partners(await listInstances(), { ...names, declared, run: run.id });
  const identity = judgeIdentity(observed, declared, undoes || migratesDown ? original : restored);
  if (!identity.passed) return [identity];
  if (undoes) return [identity, ...(await soundness(target, target, {}))];
  // Services write by now, and delete: freshness and rows were proved before they were let in.
  const { freshness: _freshness, ...expectations } = expectationsOf(target, plannedHeads(plan));
  if (migratesDown) return [identity, ...(await soundness(target, target, expectations))];
  const settings = await checkSettings(plan, (restored as ListedInstance).identifier, swaps);
  if (swaps) {
    return [
      identity,
      settings,
      ...(await soundness(target, target, expectations)),
      await checkStragglers(target, original),
    ];
  }
  const place = (restored as ListedInstance).endpoint as { host: string; port: number };
  const { at = null, manifest = null } = recoveryPoint ?? {};
  return [identity, settings, ...(await proveDatabase(target, place, { at, manifest })).checks];
}

/** Whether the instance that should have the data has its name, and takes connections. */
export function judgeIdentity(
  { swaps, undoes, names, migratesDown = false }: Observed,
  declared: string,
  instance: ListedInstance | undefined,
): Check {
  const which = undoes || migratesDown ? 'original' : 'restored';
  const wanted = swaps || which === 'original' ? declared : names.restored.identifier;
  if (instance === undefined) return check(IDENTITY, false, `the ${which} instance is not there`);
  const right = instance.identifier === wanted && instance.endpoint !== null;
  return check(
    IDENTITY,
    right,
    right
      ? `${wanted} is the ${which} instance (${instance.resourceId}, ${instance.status})`
      : `the ${which} instance is ${describe(instance)}, and should be ${wanted} with an endpoint`,
  );
}

async function soundness(
  target: DatabaseTarget,
  place: Pick<DatabaseTarget, 'host' | 'port'>,
  expectations: Parameters<typeof validateAt>[1],
): Promise<Check[]> {
  const login = await readLogin({ ...target, host: place.host, port: place.port });
  return (await validateAt(login, expectations)).checks;
}

/**
 * Whether it has what the plan carries over.
 *
 * @param inUse services use it by now: taking it away from them would cost more than a setting
 */
async function checkSettings({ changes }: Plan, identifier: string, inUse: boolean): Promise<Check> {
  const name = 'settings carried over';
  const described = await describeInstance(identifier);
  if (described === undefined) return check(name, false, `RDS does not show ${identifier}`);
  const missing = notCarriedOver(changes, instanceSettings(described));
  return missing.length === 0
    ? check(
        name,
        true,
        changes.length === 0 ? 'the plan carries none over' : `${changes.length} settings are as planned`,
      )
    : check(name, inUse, `NOT AS PLANNED: ${missing.join('; ')}`);
}

/** An original that cannot be asked has no clients that it could serve. */
async function checkStragglers(target: DatabaseTarget, original: ListedInstance | undefined): Promise<Check> {
  if (original === undefined || original.endpoint === null)
    return check(STRAGGLERS, true, 'the old instance is not there, or has no endpoint');
  const secretArn = target.masterSecretArn ?? target.secretArn;
  try {
    const session = await openSession(await readLogin({ ...target, ...original.endpoint, secretArn }));
    try {
      const sessions = await clientSessions(session);
      return check(
        STRAGGLERS,
        sessions.length === 0,
        sessions.length === 0
          ? `none on ${original.identifier}`
          : `${countSessions(sessions)} on ${original.identifier}`,
      );
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return check(STRAGGLERS, true, `${original.identifier} could not be asked: ${failure(error)}`);
  }
}
