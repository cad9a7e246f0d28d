import * as z from 'zod/mini';
import { type Run, Trigger } from '../../schemas/run.ts';
import { ALL, standsForAll, type Target } from '../../schemas/target.ts';

/** What can be told of a run whose input is not right: enough to report it to the right people. */
export function hintsOf(
  state: unknown,
  kind: Target['kind'],
): { readonly trigger: Trigger; readonly target: string } {
  const given = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>;
  const { trigger } = given;
  const name = given[kind];
  const parsed = z.safeParse(Trigger, trigger);
  return {
    trigger: parsed.success ? parsed.data : { kind: 'person' },
    target: standsForAll(kind)
      ? `${kind}/${ALL}`
      : typeof name === 'string' && /^[\w.-]{1,100}$/.test(name)
        ? `${kind}/${name}`
        : 'unknown',
  };
}

/** One sentence for the audit log and the report. */
export function describeTrigger({ trigger }: Pick<Run, 'trigger'>): string {
  const at = trigger.at === undefined ? '' : `, which fired at ${trigger.at}`;
  switch (trigger.kind) {
    case 'alarm':
      return `Started by ${trigger.by ?? 'an alarm'}${at}.`;
    case 'schedule':
      return `Started by the schedule ${trigger.by ?? '(unnamed)'}.`;
    case 'runbook':
      return `Started by the run ${trigger.by ?? '(unnamed)'}.`;
    default:
      return `Started by hand${trigger.by === undefined ? '' : ` by ${trigger.by}`}.`;
  }
}

export interface LateTrigger {
  readonly message: string;
  /** All is well again: nobody needs to wake up. Without data nobody knows. */
  readonly recovered: boolean;
}

/**
 * An event can come hours late: when its alarm is not in ALARM any more there is nothing to remedy. INSUFFICIENT_DATA is
 * neither good nor bad, so nothing is changed then either, but a person has to look.
 *
 * @returns undefined where the alarm is still red, or is none of those that guard the target
 */
export function lateTrigger(
  trigger: Trigger,
  alarms: ReadonlyArray<{ readonly name: string; readonly state: string; readonly since: string }>,
): LateTrigger | undefined {
  const alarm = trigger.kind === 'alarm' ? alarms.find(({ name }) => name === trigger.by) : undefined;
  if (alarm === undefined || alarm.state === 'ALARM') return undefined;
  const since = alarm.since === '' ? '' : ` since ${alarm.since}`;
  return alarm.state === 'OK'
    ? {
        recovered: true,
        message: `The alarm ${alarm.name} is OK again${since}: it recovered before this run began. Nothing was changed, and nothing needs to be done.`,
      }
    : {
        recovered: false,
        message: `The alarm ${alarm.name} is ${alarm.state}${since}: whether anything is wrong cannot be told. Nothing was changed. Look at why the data are missing, and start the runbook by hand if the release is bad.`,
      };
}
