import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { PreconditionFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { openAsAdministrator } from './roles/administrator.ts';
import { ActionName, TakenOver, takeOverOf } from './roles/ownership-state.ts';
import { settleTakeOver } from './roles/settle-take-over.ts';
import { takeOver } from './roles/take-over.ts';
import type { Session } from './session.ts';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: SecretTarget,
  plan: Plan,
  /** After the consumers have reconnected. */
  settle: z._default(z.boolean(), false),
});
type Input = z.infer<typeof Input>;

/**
 * Gives what the plan names to the owner role, and lets the users act through it; later, once the consumers have reconnected, what their
 * old sessions made meanwhile. Goes on where it was broken off.
 */
export const handler = step({
  name: 'take-over-ownership',
  phase: 'act',
  input: Input,
  output: TakenOver,
  run: act,
});

async function act(input: Input, tools: StepTools): Promise<TakenOver> {
  const { run, lock, target, plan, settle } = input;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const name = settle ? ActionName.settle : ActionName.takeOver;
  const earlier = await readAction(run.id, name);
  if (earlier?.status === 'done') return earlier.result as TakenOver;
  if (plan.actions.length === 0) return { given: 0, left: [], changedAt: null, oldSessions: 0 };
  const planned = takeOverOf(plan);
  const session = await openAsAdministrator(target, { readOnly: false });
  try {
    await requireSwitchOn();
    const call = settle ? 'postgres:ALTER DEFAULT PRIVILEGES' : 'postgres:ALTER … OWNER TO';
    const at = earlier?.at ?? new Date().toISOString();
    await writeAction(run.id, { step: name, status: 'intended', call, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(
      run.id,
      tools,
      'action',
      settle
        ? `Gives ${planned.ownerRole} what old sessions of ${planned.users.join(' and ')} made, and takes their default privileges away.`
        : `Gives the objects of ${planned.users.join(' and ')} at ${session.address} to ${planned.ownerRole}.`,
      {
        call,
        objects: planned.objects.map(({ user, type, names }) => ({ user, type, count: names.length })),
      },
    );
    const done = settle
      ? await settleAll(session, input, tools)
      : {
          ...(await takeOver(session, planned, tools.signal)),
          changedAt: await clock(session),
          oldSessions: 0,
        };
    const result: TakenOver = { ...done, left: [...done.left] };
    await audit(run.id, tools, 'observation', said(result, planned.ownerRole));
    await writeAction(run.id, { step: name, status: 'done', call, at, result });
    return result;
  } finally {
    await session.close();
  }
}

async function settleAll(session: Session, { run, plan }: Input, tools: StepTools) {
  const taken = z.safeParse(TakenOver, (await readAction(run.id, ActionName.takeOver))?.result);
  if (!taken.success || taken.data.changedAt === null)
    throw new PreconditionFailed(
      'This run has not taken the database over, so that there is nothing to settle. This step changed nothing. Start the runbook again.',
    );
  const { changedAt } = taken.data;
  const settled = await settleTakeOver(session, takeOverOf(plan), new Date(changedAt), tools.signal);
  return { ...settled, changedAt };
}

/** The server's own time: sessions are told apart by it. */
async function clock(session: Session): Promise<string> {
  const { rows } = await session.query<{ now: Date }>('SELECT now()');
  return (rows[0]?.now ?? new Date()).toISOString();
}

function said({ given, left, oldSessions }: TakenOver, ownerRole: string): string {
  return [
    `${given} objects were given to ${ownerRole}.`,
    ...left.map((extension) => `The extension ${extension} could not be given yet.`),
    ...(oldSessions === 0
      ? []
      : [
          `WARNING: ${oldSessions} sessions began before the users acted as ${ownerRole}: what they make belongs to the user until they reconnect.`,
        ]),
  ].join(' ');
}
