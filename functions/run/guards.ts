import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetAlarmMuteRuleCommand,
  ListAlarmMuteRulesCommand,
} from '@aws-sdk/client-cloudwatch';
import { GetCalendarStateCommand } from '@aws-sdk/client-ssm';
import type { PolicyEntry } from '../../schemas/deployment.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { client } from '../clients.ts';
import { Refused } from '../errors.ts';
import { switchIsOn, systemsManager } from './directory.ts';
import { activeFreeze } from './freeze-windows.ts';
import { recentRuns } from './run-record.ts';

const cloudwatch = client(CloudWatchClient);
const OVERRIDE = 'To go ahead all the same, start it by hand with a "reason".';

export interface AlarmNow {
  readonly name: string;
  readonly state: string;
  readonly since: string;
}

/** States of the alarms that guard a service, those that do not exist left out. */
export async function alarmStates(names: readonly string[]): Promise<AlarmNow[]> {
  if (names.length === 0) return [];
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch().send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  return [...MetricAlarms, ...CompositeAlarms].map((alarm) => ({
    name: alarm.AlarmName ?? '',
    state: alarm.StateValue ?? '',
    since: alarm.StateUpdatedTimestamp?.toISOString() ?? '',
  }));
}

/** @throws Refused when somebody has turned the switch off since the run began */
export async function requireSwitchOn(): Promise<void> {
  if (!(await switchIsOn()))
    throw new Refused(
      'The switch was turned off while this run was going on. It changed nothing. Turn it on and start the runbook again when you want it done.',
    );
}

/** @throws Refused while a freeze window or a closed change calendar holds */
export async function requireNoFreeze(policy: PolicyEntry, now: Date): Promise<void> {
  const window = activeFreeze(policy.freezeWindows, now);
  if (window)
    throw new Refused(`The freeze window "${window.name}" holds. Nothing was changed. ${OVERRIDE}`, {
      freezeWindow: window.name,
    });
  if (policy.changeCalendars.length === 0) return;
  const { State } = await systemsManager().send(
    new GetCalendarStateCommand({ CalendarNames: policy.changeCalendars }),
  );
  if (State !== 'OPEN')
    throw new Refused(
      `A change calendar is closed (${policy.changeCalendars.join(', ')}). Nothing was changed. ${OVERRIDE}`,
      { changeCalendars: policy.changeCalendars },
    );
}

/** @throws Refused while somebody has muted the alarm: mute rules silence actions, but not the event that started this run */
export async function requireNotMuted(alarm: string): Promise<void> {
  const { AlarmMuteRuleSummaries = [] } = await cloudwatch().send(
    new ListAlarmMuteRulesCommand({ AlarmName: alarm, Statuses: ['ACTIVE'] }),
  );
  const [active] = AlarmMuteRuleSummaries;
  if (!active) return;
  const name = active.AlarmMuteRuleArn?.split(':').at(-1) ?? '';
  const rule = await cloudwatch().send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: name }));
  throw new Refused(
    `The alarm ${alarm} is muted by the rule "${rule.Name}"${rule.Description ? ` (${rule.Description})` : ''}: somebody is working on it. Nothing was changed. ${OVERRIDE}`,
    { muteRule: name },
  );
}

/** Runs that count against a further one: those of the same runbook that changed something. */
export function runsThatDidNotHold(runs: readonly RunRecord[], runbook: string, ownId: string): RunRecord[] {
  return runs.filter(({ run, acted }) => run.runbook === runbook && run.id !== ownId && acted);
}

/** @throws Refused when the same remedy has been applied to the target too often */
export async function requireRemedyHeld(
  policy: PolicyEntry,
  runbook: string,
  target: string,
  ownId: string,
  now: Date,
): Promise<void> {
  const { times, windowMinutes } = policy.didNotHold;
  const earlier = runsThatDidNotHold(
    await recentRuns(target, new Date(now.getTime() - windowMinutes * 60_000)),
    runbook,
    ownId,
  );
  if (earlier.length < times) return;
  const history = earlier
    .map(({ run, outcome }) => `${run.startedAt} ${outcome ?? 'unfinished'} (${run.id})`)
    .join('; ');
  throw new Refused(
    `${runbook} has acted on ${target} ${earlier.length} times in the last ${windowMinutes} minutes, and it did not hold: ${history}. Nothing was changed this time; a person is needed. ${OVERRIDE}`,
    {
      earlierRuns: earlier.map(({ run }) => run.id),
    },
  );
}
