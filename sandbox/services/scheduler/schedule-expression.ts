import { Cron } from 'croner';

/** AWS counts weekdays 1–7 from Sunday, cron libraries 0–6. */
function weekdays(field: string): string {
  if (field === '?') return '*';
  return field.replace(/\d+(?=$|[,\-L#])/g, (digits, offset: number, whole: string) =>
    whole[offset - 1] === '#' || whole[offset - 1] === '/' ? digits : String(Number(digits) - 1),
  );
}

/** Says when a schedule is due. */
export interface ScheduleTimes {
  /** The first time strictly after `after` (milliseconds), or undefined when there is none. */
  next(after: number): number | undefined;
}

const UNIT_MILLISECONDS: Record<string, number> = {
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
};

/**
 * Reads `rate(…)`, `cron(…)` (six AWS fields) and `at(…)`.
 *
 * @param created start of a rate, in milliseconds
 * @throws RangeError where the expression cannot be read
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function readSchedule(expression: string, timezone: string, created: number): ScheduleTimes {
  const rate = /^rate\((\d+) (\w+)\)$/.exec(expression);
  if (rate) {
    const unit = UNIT_MILLISECONDS[rate[2] as string];
    if (unit === undefined) throw new RangeError(`'${expression}' has an unknown unit.`);
    const period = Number(rate[1]) * unit;
    return { next: (after) => created + (Math.floor((after - created) / period) + 1) * period };
  }
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (cron) {
    const [minute, hour, day, month, weekday, year] = (cron[1] as string).trim().split(/\s+/);
    if (year === undefined) throw new RangeError(`'${expression}' needs six fields.`);
    const pattern = `0 ${minute} ${hour} ${day === '?' ? '*' : day} ${month} ${weekdays(weekday as string)} ${year}`;
    const times = new Cron(pattern, { timezone, paused: true, mode: '7-part' });
    return { next: (after) => times.nextRun(new Date(after))?.getTime() };
  }
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression);
  if (at) {
    const instant = new Cron(at[1] as string, { timezone, paused: true }).nextRun(new Date(0))?.getTime();
    return { next: (after) => (instant !== undefined && instant > after ? instant : undefined) };
  }
  throw new RangeError(`'${expression}' is none of rate(…), cron(…) and at(…).`);
}
