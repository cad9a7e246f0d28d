import { Cron } from 'croner';

/** AWS counts weekdays 1–7 from Sunday, cron libraries 0–6. */
function weekdays(field: string): string {
  if (field === '?') return '*';
  if (field === 'L') return '6';
  return field.replace(/\d+(?=$|[,\-/L#])/g, (digits, offset: number, whole: string) =>
    whole[offset - 1] === '#' || whole[offset - 1] === '/' ? digits : String(Number(digits) - 1),
  );
}

/** AWS lets a step begin at a number (`0/15`), the cron library wants the range (`0-59/15`). */
const withRange = (field: string, last: number): string =>
  field.replace(/(^|,)(\w+)\//g, (_: string, before: string, first: string) => `${before}${first}-${last}/`);

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

const LAST_YEAR = 2199;

/** The cron library's errors, as one that names the expression. */
function read<Result>(expression: string, reading: () => Result): Result {
  try {
    return reading();
  } catch (error) {
    throw new RangeError(`'${expression}' cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Reads `rate(…)`, `cron(…)` (AWS fields) and `at(…)`.
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
    if (period === 0) throw new RangeError(`'${expression}' needs a positive number.`);
    return { next: (after) => created + (Math.floor((after - created) / period) + 1) * period };
  }
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (cron) {
    const fields = (cron[1] as string).trim().split(/\s+/);
    const [minute, hour, day, month, weekday, year = '*'] = fields as [
      string,
      string,
      string,
      string,
      string,
    ];
    if (fields.length < 5 || fields.length > 6)
      throw new RangeError(`'${expression}' needs five fields, and may have a sixth.`);
    if ((day === '?') === (weekday === '?'))
      throw new RangeError(
        `'${expression}' needs a '?' for either the day of the month or the day of the week.`,
      );
    const pattern = [
      '0',
      withRange(minute, 59),
      withRange(hour, 23),
      day === '?' ? '*' : withRange(day, 31),
      withRange(month, 12),
      withRange(weekdays(weekday), 6),
      withRange(year, LAST_YEAR),
    ].join(' ');
    const times = read(expression, () => {
      const reading = new Cron(pattern, { timezone, paused: true, mode: '7-part' });
      reading.match(new Date(created));
      return reading;
    });
    return {
      next(after) {
        let run = times.nextRun(new Date(after));
        // Clocks that go forward leave out times: the library moves those, Scheduler skips them.
        while (run && !times.match(run)) run = times.nextRun(run);
        return run?.getTime();
      },
    };
  }
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression);
  if (at) {
    const instant = read(expression, () =>
      new Cron(at[1] as string, { timezone, paused: true }).nextRun(new Date(0))?.getTime(),
    );
    return { next: (after) => (instant !== undefined && instant > after ? instant : undefined) };
  }
  throw new RangeError(`'${expression}' is none of rate(…), cron(…) and at(…).`);
}
