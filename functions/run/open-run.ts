import * as z from 'zod/mini';
import { type Lock, OpenedRun, type Run } from '../../schemas/run.ts';
import { Refused } from '../errors.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { audit } from './audit-log.ts';
import { consumerLocks, needsApproval } from './blast-radius.ts';
import { readPolicy, readTarget, switchIsOn } from './directory.ts';
import { alarmStates, requireNoFreeze, requireNotMuted, requireRemedyHeld } from './guards.ts';
import { acquireLock, joinLock, lockLifeSeconds, releaseLocks } from './lock.ts';
import { lockConsumers } from './lock-consumers.ts';
import { parseInput } from './parse-input.ts';
import { recentChanges } from './recent-changes.ts';
import { claimEvent, createRecord, readRecord, updateRecord } from './run-record.ts';
import { describeTrigger, hintsOf, lateTrigger } from './trigger.ts';
import { doesOther, whoIs, whoIsAtWork } from './who-is-at-work.ts';

const Input = z.object({
  execution: z.object({ id: z.string(), arn: z.string(), startedAt: z.string() }),
  runbook: z.string(),
  targetKind: z.enum(['service', 'database', 'cache', 'secret', 'secrets', 'fleet']),
  /** False for a runbook that only looks: nothing needs to be guarded. */
  acts: z.boolean(),
  /** Whether it also takes the locks of the services that use its target. */
  locksConsumers: z._default(z.enum(['never', 'swap', 'always']), 'never'),
  /** It is done every so often, and is no remedy that could fail to hold. */
  routine: z._default(z.boolean(), false),
  /** Nobody starts it without saying why. The reason overrides the guards. */
  requiresReason: z._default(z.boolean(), false),
  state: z.unknown(),
});
type Input = z.infer<typeof Input>;

/** Opens a run: reads the input, takes the target's lock, asks the guards, and notes what was going on. */
export const handler = step({ name: 'open-run', phase: 'open', input: Input, output: OpenedRun, run: open });

async function open(asked: Input, tools: StepTools): Promise<OpenedRun> {
  const { execution, runbook, targetKind, acts, locksConsumers, routine, requiresReason, state } = asked;
  const { trigger, target: guess } = hintsOf(state, targetKind);
  const bare: Run = { ...execution, runbook, dryRun: false, trigger };
  // The record comes first: a run that fails here must be found, and reported, too.
  await createRecord({ run: bare, target: guess, phase: 'open', acted: false, checks: [], joined: 0 });
  const input = parseInput(state, targetKind, runbook, requiresReason);
  const on = await switchIsOn();
  const run: Run = {
    ...bare,
    dryRun: input.dryRun || (acts && !on),
    ...(input.reason === undefined ? {} : { override: redact(input.reason) }),
    ...(Object.keys(input.request).length === 0 ? {} : { request: input.request }),
  };
  const key = `${targetKind}/${input.target}`;
  await updateRecord(run.id, { run, target: key });
  const target = await readTarget(targetKind, input.target);
  // Also what it would lock is known only if all that was asked for is declared.
  const alsoLocked = consumerLocks(locksConsumers, target, run.request);
  await audit(run.id, tools, 'trigger', describeTrigger(run), {
    trigger: run.trigger,
    dryRun: run.dryRun,
    override: run.override,
    request: run.request,
  });
  if (acts && !on)
    await audit(
      run.id,
      tools,
      'decision',
      'The switch is off: this run ends at its plan and changes nothing.',
    );

  const policy = await readPolicy();
  const mustBeApproved = needsApproval(policy, runbook, run.request);
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

  // While a person thinks nothing sends heartbeats, and a second alarm must still find the lock taken.
  const thinkingSeconds = mustBeApproved ? policy.approvalTimeoutMinutes * 60 : 0;
  const lifeSeconds = lockLifeSeconds(target) + thinkingSeconds;
  const acquired = await acquireLock(key, run, lifeSeconds);
  if (!acquired.held) {
    const owner = await readRecord(acquired.owner);
    const other = doesOther(run, owner?.run);
    if (other)
      throw new Refused(
        `${whoIs(acquired.owner, owner)} is already at work, and was asked for something else. Nothing was changed by this run. Start it again when that one has ended.`,
        { lock: key, owner: acquired.owner },
      );
    await joinLock(key, acquired.owner);
    return joined(acquired.owner, whoIsAtWork(key, acquired.owner, owner));
  }
  let also: Lock[];
  try {
    if (run.override === undefined) {
      const now = new Date();
      await requireNoFreeze(policy, now);
      const alarm = run.trigger.kind === 'alarm' ? run.trigger.by : undefined;
      // ECS's own events trigger runs too; only alarms can be muted.
      if (alarm !== undefined && target.alarms.includes(alarm)) await requireNotMuted(alarm);
      // Ending what another run left half-way is no further try either.
      if (!routine && run.request?.unfinished === undefined)
        await requireRemedyHeld(policy, runbook, key, run.id, now);
    }
    also = await lockConsumers(run, targetKind, alsoLocked, lifeSeconds);
  } catch (error) {
    await releaseLocks({ run, target: key, alsoLocked });
    throw error;
  }
  return opened(run, { ...acquired.lock, ...(also.length === 0 ? {} : { also }) });

  async function opened(current: Run, lock: OpenedRun['lock']): Promise<OpenedRun> {
    const opening = {
      decision: 'proceed' as const,
      needsApproval: mustBeApproved,
      alarms,
      recentChanges: await recentChanges(target, alarms),
    };
    await updateRecord(current.id, { opening });
    // Not every target has alarms.
    if (alarms.length === 0) return { run: current, lock, target, opening };
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
