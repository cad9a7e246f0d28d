import * as z from 'zod/mini';
import { Evidence, Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { NeedsHuman, RunbookError, Transient } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { askKeeper } from './ask-keeper.ts';
import { noteRetirement, readRetirement } from './rotation-records.ts';
import {
  ActionName,
  Adoption,
  type PlannedSecret,
  Retired,
  rotationOf,
  shortVersion,
} from './rotation-state.ts';
import { readStanding } from './standing.ts';

const CALL = 'lambda:InvokeFunction';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: z.union([SecretTarget, SecretsTarget]),
  plan: Plan,
  /** What the consumers answered with the new values. */
  probes: Evidence,
});
type Input = z.infer<typeof Input>;

/**
 * Takes away what earlier values opened, of secrets whose adoption was proved, and of no other. From the moment that it begins with a
 * secret there is no way back: a value that may be dead is handed out to nobody again.
 */
export const handler = step({
  name: 'retire-old-values',
  phase: 'verify',
  input: Input,
  output: Retired,
  run: retire,
});

async function retire({ run, lock, target, plan, probes }: Input, tools: StepTools): Promise<Retired> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, ActionName.retire);
  if (earlier?.status === 'done') return earlier.result as Retired;
  const { secrets, compromised } = rotationOf(plan);
  const adoption = z.safeParse(Adoption, (await readAction(run.id, ActionName.prove))?.result);
  const result: Retired = { retired: [], kept: [] };
  const failures: Array<{ readonly name: string; readonly error: unknown }> = [];
  for (const secret of secrets.filter(({ retires }) => retires !== null)) {
    const { name } = secret;
    const why = await whyKept(secret, run.id, probes, adoption.data?.secrets[name] ?? null);
    if (why !== undefined) {
      result.kept.push({ name, why });
      await audit(run.id, tools, 'decision', `The value before of ${name} is NOT retired: ${why}.`);
      continue;
    }
    try {
      result.retired.push(await retireOne(secret, compromised, run, tools));
    } catch (error) {
      tools.signal.throwIfAborted();
      failures.push({ name, error });
    }
  }
  if (failures.length > 0) throw worstOf(failures);
  const at = new Date().toISOString();
  await writeAction(run.id, { step: ActionName.retire, status: 'done', call: CALL, at, result });
  return result;
}

/** Why a value is not taken away; undefined where it may be. */
async function whyKept(
  secret: PlannedSecret,
  run: string,
  probes: Evidence,
  adoptedAt: string | null,
): Promise<string | undefined> {
  if (adoptedAt === null) return 'it was not proved that all consumers use the new one';
  const own = probes.checks.filter(({ name }) =>
    secret.consumers.some((consumer) => name.startsWith(`${consumer} `)),
  );
  if (own.some(({ passed }) => !passed)) return 'not every consumer is well with the new one';
  return (await readStanding(secret, run)).why;
}

async function retireOne(
  secret: PlannedSecret,
  compromised: boolean,
  run: Run,
  tools: StepTools,
): Promise<Retired['retired'][number]> {
  const { name, kind, retires, does, token, current } = secret;
  const old = retires ?? '';
  const version = (does === 'rotate' ? token : current) ?? '';
  const earlier = await readRetirement(name, old);
  if (earlier?.doneAt !== undefined)
    return {
      name,
      old,
      version: earlier.current ?? version,
      at: earlier.doneAt,
      done: 'It was retired already.',
    };
  const beganAt = earlier?.beganAt ?? new Date().toISOString();
  await requireSwitchOn();
  await noteRetirement(name, old, { run: run.id, beganAt });
  await writeAction(run.id, { step: ActionName.retire, status: 'intended', call: CALL, at: beganAt });
  await updateRecord(run.id, { acted: true });
  await audit(
    run.id,
    tools,
    'action',
    `Takes away what the value before of ${name} opened (version ${shortVersion(old)})${compromised ? ', and ends the sessions that were opened with it' : ''}.`,
    { call: CALL, old, current: version },
  );
  const answer = await askKeeper(
    kind,
    { operation: 'retire', secret: name, current: version, old, endSessions: compromised },
    tools.signal,
  );
  const doneAt = new Date().toISOString();
  await noteRetirement(name, old, { run: run.id, beganAt, doneAt, current: answer.version });
  await audit(run.id, tools, 'observation', `${name}: ${answer.done}`);
  return { name, old, version: answer.version, at: doneAt, done: answer.done };
}

/** What passes is tried again; for the rest a person is needed. */
function worstOf(failures: ReadonlyArray<{ readonly name: string; readonly error: unknown }>): unknown {
  const grave = failures.filter(
    ({ error }) => error instanceof RunbookError && !(error instanceof Transient),
  );
  if (grave.length === 0) return failures[0]?.error;
  const told = grave.map(({ name, error }) => `${name}: ${(error as Error).message}`).join(' ');
  return new NeedsHuman(
    `The value before was not retired to the end. ${told} The new value is current and in use, and stays so; the value before may be dead, and is not put back. When that is mended, start ${grave.map(({ name }) => `"nightshift run rotate-secret --secret ${name} --unfinished finish"`).join(' and ')}.`,
    { secrets: grave.map(({ name }) => name) },
  );
}
