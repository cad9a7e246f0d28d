import * as z from 'zod/mini';
import { OpenedRun, type Run } from '../../schemas/run.ts';
import { Refused } from '../errors.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { audit } from './audit-log.ts';
import { readPolicy, readTarget, switchIsOn } from './directory.ts';
import { alarmStates, requireNoFreeze, requireNotMuted, requireRemedyHeld } from './guards.ts';
import { acquireLock, joinLock, lockLifeSeconds, releaseLock } from './lock.ts';
import { parseInput } from './parse-input.ts';
import { recentChanges } from './recent-changes.ts';
import { claimEvent, createRecord, updateRecord } from './run-record.ts';
import { describeTrigger, hintsOf, lateTrigger } from './trigger.ts';

const Input = z.object({
  execution: z.object({ id: z.string(), arn: z.string(), startedAt: z.string() }),
  runbook: z.string(),
  targetKind: z.enum(['service', 'database']),
  /** False for a runbook that only looks: nothing needs to be guarded. */
  acts: z.boolean(),
  state: z.unknown(),
});
type Input = z.infer<typeof Input>;

/** Opens a run: reads the input, takes the target's lock, asks the guards, and notes what was going on. */
export const handler = step({ name: 'open-run', phase: 'open', input: Input, output: OpenedRun, run: open });

async function open(
  { execution, runbook, targetKind, acts, state }: Input,
  tools: StepTools,
): Promise<OpenedRun> {
  const { trigger, target: guess } = hintsOf(state, targetKind);
  const bare: Run = { ...execution, runbook, dryRun: false, trigger };
  // The record comes first: a run that fails here must be found, and reported, too.
  await createRecord({ run: bare, target: guess, phase: 'open', acted: false, checks: [], joined: 0 });
  const input = parseInput(state, targetKind);
  const on = await switchIsOn();
  const run: Run = {
    ...bare,
    dryRun: input.dryRun || (acts && !on),
    ...(input.reason === undefined ? {} : { override: redact(input.reason) }),
  };
  const key = `${targetKind}/${input.target}`;
  await updateRecord(run.id, { run, target: key });
  const target = await readTarget(targetKind, input.target);
  await audit(run.id, tools, 'trigger', describeTrigger(run), {
    trigger: run.trigger,
    dryRun: run.dryRun,
    override: run.override,
  });
  if (acts && !on)
    await audit(
      run.id,
      tools,
      'decision',
      'The switch is off: this run ends at its plan and changes nothing.',
    );

  const policy = await readPolicy();
  const alarms = await alarmStates(target.alarms);
  const joined = async (owner: string, why: string): Promise<OpenedRun> => {
    await audit(run.id, tools, 'decision', why, { owner });
    const opening = {
      decision: 'joined' as const,
      joinedRun: owner,
      needsApproval: false,
      alarms,
      recentChanges: [],
    };
    await updateRecord(run.id, { opening });
    return { run, lock: null, target, opening };
  };
  if (run.trigger.eventId !== undefined) {
    const earlier = await claimEvent(run.trigger.eventId, run.id);
    if (earlier !== undefined)
      return joined(earlier, `The run ${earlier} was started by the same event; this one adds nothing.`);
  }
  const late = lateTrigger(run.trigger, alarms);
  if (late) {
    await updateRecord(run.id, { quiet: late.recovered });
    throw new Refused(late.message, { alarm: run.trigger.by });
  }
  if (run.dryRun || !acts) return opened(run, null);

  const needsApproval = policy.approval[runbook] === 'always';
  // While a person thinks nothing sends heartbeats, and a second alarm must still find the lock taken.
  const thinkingSeconds = needsApproval ? policy.approvalTimeoutMinutes * 60 : 0;
  const acquired = await acquireLock(key, run, lockLifeSeconds(target) + thinkingSeconds);
  if (!acquired.held) {
    await joinLock(key, acquired.owner);
    return joined(
      acquired.owner,
      `The run ${acquired.owner} is already at work on ${key}; this trigger joins it.`,
    );
  }
  try {
    if (run.override === undefined) {
      const now = new Date();
      await requireNoFreeze(policy, now);
      const alarm = run.trigger.kind === 'alarm' ? run.trigger.by : undefined;
      // ECS's own events trigger runs too; only alarms can be muted.
      if (alarm !== undefined && target.alarms.includes(alarm)) await requireNotMuted(alarm);
      await requireRemedyHeld(policy, runbook, key, run.id, now);
    }
  } catch (error) {
    await releaseLock(key, run.id);
    throw error;
  }
  return opened(run, acquired.lock);

  async function opened(current: Run, lock: OpenedRun['lock']): Promise<OpenedRun> {
    const opening = {
      decision: 'proceed' as const,
      needsApproval: policy.approval[runbook] === 'always',
      alarms,
      recentChanges: await recentChanges(target, alarms),
    };
    await updateRecord(current.id, { opening });
    await audit(
      current.id,
      tools,
      'observation',
      `${alarms.filter((alarm) => alarm.state === 'ALARM').length} of ${alarms.length} alarms are red as the run opens.`,
      { alarms },
    );
    return { run: current, lock, target, opening };
  }
}
