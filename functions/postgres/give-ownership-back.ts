import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { ActionName as RotationAction } from '../secrets/rotation-state.ts';
import { type StepTools, step } from '../step.ts';
import { openAsAdministrator } from './roles/administrator.ts';
import { giveBack, resetSessions } from './roles/give-back.ts';
import type { TakeOver } from './roles/ownership.ts';
import { ActionName, takeOverOf } from './roles/ownership-state.ts';
import { type Pace, untilReconnected } from './roles/until-reconnected.ts';
import type { Session } from './session.ts';

/** Tasks that were stopped close their connections within moments. */
const PACE: Pace = { grace: 60_000, interval: 3000 };

const Input = z.object({
  run: Run,
  lock: Lock,
  target: SecretTarget,
  plan: Plan,
  /**
   * `sessions`: new sessions begin as the users again; everything goes on working. `objects`: everything is given back, once the consumers
   * have reconnected. Both, one after the other, when not said.
   */
  stage: z.optional(z.enum(['sessions', 'objects'])),
});
type Input = z.infer<typeof Input>;

const Output = z.object({
  given: z.number(),
  /** What stays as the run has made it, one sentence each. */
  left: z.array(z.string()),
});
type Output = z.infer<typeof Output>;

/** Brings owners, privileges and roles back to what the plan found. Works with the switch off, too. */
export const handler = step({
  name: 'give-ownership-back',
  phase: 'act',
  input: Input,
  output: Output,
  run: (input, tools) => undo(input, tools, PACE),
});

/** What the step does, at a pace of the caller's choice. */
export async function undo(
  { run, lock, target, plan, stage }: Input,
  tools: StepTools,
  pace: Pace,
): Promise<Output> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const began = await readAction(run.id, ActionName.takeOver);
  if (began === undefined) return { given: 0, left: [] };
  const planned = takeOverOf(plan);
  const session = await openAsAdministrator(target, { readOnly: false });
  try {
    let result: Output = { given: 0, left: [] };
    if (stage !== 'objects') await reset(session, run, target, planned, tools);
    if (stage !== 'sessions') {
      await untilReconnected(session, planned, run.id, began.at, tools.signal, pace);
      result = await giveAll(session, run, planned, tools);
    }
    return result;
  } finally {
    await session.close();
  }
}

async function reset(
  session: Session,
  run: Run,
  target: SecretTarget,
  planned: TakeOver,
  tools: StepTools,
): Promise<void> {
  const call = 'postgres:ALTER ROLE … RESET role';
  const at = new Date().toISOString();
  await updateRecord(run.id, { acted: true });
  await audit(
    run.id,
    tools,
    'action',
    `Lets new sessions of ${planned.users.join(' and ')} begin as themselves again.`,
    { call },
  );
  await resetSessions(session, planned);
  const { rows } = await session.query<{ now: Date }>('SELECT now()');
  const changedAt = (rows[0]?.now ?? new Date()).toISOString();
  await writeAction(run.id, {
    step: ActionName.resetSessions,
    status: 'done',
    call,
    at,
    result: { changedAt },
  });
  // By this record consumers are deployed anew when something is taken back.
  await writeAction(run.id, {
    step: RotationAction.putBack,
    status: 'done',
    call,
    at,
    result: {
      putBack: [
        {
          name: target.name,
          version: '',
          bad: '',
          wasCurrent: true,
          done: 'Its users act as themselves again.',
        },
      ],
      at: changedAt,
    },
  });
}

async function giveAll(session: Session, run: Run, planned: TakeOver, tools: StepTools): Promise<Output> {
  const call = 'postgres:ALTER … OWNER TO';
  const at = new Date().toISOString();
  await updateRecord(run.id, { acted: true });
  await audit(run.id, tools, 'action', `Gives back what was given to ${planned.ownerRole}.`, { call });
  const { given, left } = await giveBack(session, planned, tools.signal);
  const result = { given, left: [...left] };
  await audit(run.id, tools, 'observation', [`${given} objects were given back.`, ...left].join(' '));
  await writeAction(run.id, { step: ActionName.giveBack, status: 'done', call, at, result });
  return result;
}
