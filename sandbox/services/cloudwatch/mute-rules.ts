import { Cron } from 'croner';
import { AwsError } from '../../contract.ts';

/** An alarm mute rule as put. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html */
export interface MuteRule {
  readonly Name: string;
  readonly Description?: string;
  readonly Rule: {
    readonly Schedule: { readonly Expression: string; readonly Duration: string; readonly Timezone?: string };
  };
  readonly MuteTargets?: { readonly AlarmNames: readonly string[] };
  readonly StartDate?: Date;
  readonly ExpireDate?: Date;
}

/** Length of an ISO 8601 duration such as `PT4H30M` or `P1D`, in milliseconds. */
export function durationMilliseconds(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (!match || text === 'P' || text.endsWith('T'))
    throw new AwsError('ValidationError', `'${text}' is not an ISO 8601 duration.`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** Whether the rule mutes at that instant. `cron(…)` expressions of mute rules have the five classic fields. */
export function muteRuleStatus(rule: MuteRule, at: number): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' {
  if (rule.ExpireDate && rule.ExpireDate.getTime() <= at) return 'EXPIRED';
  if (rule.StartDate && rule.StartDate.getTime() > at) return 'SCHEDULED';
  const { Expression, Duration, Timezone = 'UTC' } = rule.Rule.Schedule;
  const length = durationMilliseconds(Duration);
  const once = /^at\((.+)\)$/.exec(Expression);
  if (once) {
    const start =
      new Cron(once[1] as string, { timezone: Timezone, paused: true }).nextRun(new Date(0))?.getTime() ??
      Number.NaN;
    return at < start ? 'SCHEDULED' : at < start + length ? 'ACTIVE' : 'EXPIRED';
  }
  const cron = /^cron\((.+)\)$/.exec(Expression);
  if (!cron) throw new AwsError('ValidationError', `'${Expression}' is neither cron(…) nor at(…).`);
  const last = new Cron(cron[1] as string, { timezone: Timezone, paused: true }).nextRun(
    new Date(at - length),
  );
  return last !== null && last.getTime() <= at ? 'ACTIVE' : 'SCHEDULED';
}
