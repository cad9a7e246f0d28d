import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed, RunbookError, Transient } from '../errors.ts';
import { listInstances } from '../rds/list-instances.ts';
import { SwapNames } from '../rds/swap-position.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { countSessions, endSessions, type Pace } from './client-sessions.ts';
import { readLogin } from './login.ts';
import { openSession, type Session } from './session.ts';

/** Tasks that were stopped close their connections within moments; what is ended is gone at once, unless it comes back. */
const PACE: Pace = { grace: 30_000, settle: 5000, interval: 2000 };
/** PostgreSQL has no connection left: somebody holds them all. */
const TOO_MANY_CONNECTIONS = '53300';
const NO_SUCH_DATABASE = '3D000';
/** Every instance of RDS has this database. */
const MAINTENANCE_DATABASE = 'postgres';

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

const Output = z.object({
  /** So many sessions were ended by this step. */
  ended: z.number(),
  /** No run goes on while somebody is left. */
  left: z.literal(0),
  /** Whether the original could be asked at all. */
  reachable: z.boolean(),
});
type Output = z.infer<typeof Output>;

/**
 * Makes sure that no client writes to the original any more: what is written there from now on would be lost without a trace.
 * An original that cannot be reached is no obstacle: that may be why it is replaced.
 */
export const handler = step({
  name: 'end-sessions',
  phase: 'act',
  input: Input,
  output: Output,
  run: (input, tools) => endAll(input, tools, PACE),
});

/** What the step does, at a pace of the caller's choice. */
export async function endAll(
  { run, lock, target, plan }: Input,
  tools: StepTools,
  pace: Pace,
): Promise<Output> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const session = await reach(target, plan);
  if (typeof session === 'string') {
    await audit(
      run.id,
      tools,
      'observation',
      `WARNING: whether clients are still connected to the original is not known: ${session} The run goes on: its consumers are stopped.`,
    );
    return { ended: 0, left: 0, reachable: false };
  }
  try {
    const { ended, left } = await endSessions(session, pace, tools.signal, async (stayed) => {
      await requireSwitchOn();
      await updateRecord(run.id, { acted: true, phase: 'act' });
      await audit(
        run.id,
        tools,
        'action',
        `Ends the sessions of clients that stay: ${countSessions(stayed)}.`,
      );
    });
    if (left.length > 0)
      throw new PreconditionFailed(
        `Clients stay connected to the original of ${target.name} or come back at once: ${countSessions(left)}. ${ended} sessions were ended; nothing was renamed. Stop these clients, or declare the services that they belong to as consumers, and start the runbook again.`,
        { left: left.length, ended },
      );
    await audit(run.id, tools, 'observation', `No client is connected to the original; ${ended} were ended.`);
    return { ended, left: 0, reachable: true };
  } finally {
    await session.close();
  }
}

/**
 * A session on the original, whatever its name is now, or why there is none, as a sentence.
 *
 * @throws PreconditionFailed where it answers, but does not let us see who is connected
 */
async function reach(target: DatabaseTarget, plan: Plan): Promise<Session | string> {
  const { host, port } = (await findOriginal(target, plan)) ?? {};
  if (host === undefined || port === undefined) return 'it does not exist or has no endpoint.';
  const login = await readLogin({
    host,
    port,
    database: target.database,
    // The master user may end the sessions of others, the application's only its own.
    secretArn: target.masterSecretArn ?? target.secretArn,
  });
  try {
    return await openSession(login);
  } catch (error) {
    const { code } = error instanceof RunbookError ? (error.facts as { code?: string }) : {};
    // The lost database may be what is restored; there may be others on the instance.
    if (code === NO_SUCH_DATABASE) return await openSession({ ...login, database: MAINTENANCE_DATABASE });
    if (code === TOO_MANY_CONNECTIONS)
      throw new PreconditionFailed(
        `Clients hold all connections of the original of ${target.name}. Nothing was renamed. Stop these clients, and start the runbook again.`,
        { code },
      );
    if (error instanceof Transient) return error.message;
    throw error;
  }
}

async function findOriginal(target: DatabaseTarget, plan: Plan) {
  const names = z.safeParse(SwapNames, plan.observed.names);
  const declared = target.instance.toLowerCase();
  const instances = await listInstances();
  // A plan without names changes none: the original is where it was declared.
  const original = instances.find(({ identifier, resourceId }) =>
    names.success ? resourceId === names.data.original.resourceId : identifier === declared,
  );
  return original?.endpoint ?? undefined;
}
