import type { Clock, ClockReading } from '../../contract.ts';

/** How often the clock is read, in real milliseconds. */
const READING_MILLISECONDS = 50;

/** Differences that come from rounding and from the two wall clocks of a machine drifting apart, in real milliseconds. */
const ROUNDING_MILLISECONDS = 3;

/** Remembers how sandbox time ran, to tell which moment of the wall clock a moment of sandbox time was. */
export interface ClockHistory {
  /** Milliseconds of the wall clock; undefined for a time before the first reading or after now. */
  wallTimeOf(sandbox: number): number | undefined;
  close(): void;
}

/**
 * PostgreSQL's logs have the wall clock's times, and RDS's callers the sandbox's, which runs now at one rate and now at
 * another. Readings of both, kept wherever the rate changed, connect them. A clock that changes its rate more than once
 * between two readings is at most that long off.
 */
export function createClockHistory(clock: Clock): ClockHistory {
  const readings: ClockReading[] = [clock.reading()];
  const lastly = () => readings.at(-1) as ClockReading;

  function read(): void {
    const next = clock.reading();
    const last = lastly();
    const change = changeBetween(last, next);
    if (change) readings.push(change);
    // A straight line needs its two ends only.
    const before = readings.at(-2);
    if (!change && before && before.rate === last.rate && last.rate === next.rate && isStraight(before, next))
      readings.pop();
    readings.push(next);
  }
  const timer = setInterval(read, READING_MILLISECONDS);
  timer.unref();

  return {
    wallTimeOf(sandbox) {
      read();
      const after = readings.findIndex((reading) => reading.sandbox >= sandbox);
      const right = readings[after];
      const left = readings[Math.max(0, after - 1)];
      if (right === undefined || left === undefined || left.sandbox > sandbox) return undefined;
      if (right.sandbox === left.sandbox) return right.wall;
      const share = (sandbox - left.sandbox) / (right.sandbox - left.sandbox);
      return left.wall + share * (right.wall - left.wall);
    },
    close: () => clearInterval(timer),
  };
}

function isStraight(from: ClockReading, to: ClockReading): boolean {
  const expected = from.sandbox + (to.wall - from.wall) * from.rate;
  return Math.abs(expected - to.sandbox) <= ROUNDING_MILLISECONDS * Math.max(1, from.rate);
}

/** The moment between two readings of different rates at which the rate changed, if it did so once. */
function changeBetween(from: ClockReading, to: ClockReading): ClockReading | undefined {
  if (from.rate === to.rate) return undefined;
  const wall = to.wall - from.wall;
  const atFirstRate = (to.sandbox - from.sandbox - to.rate * wall) / (from.rate - to.rate);
  if (!(atFirstRate > 0 && atFirstRate < wall)) return undefined;
  return {
    wall: from.wall + atFirstRate,
    sandbox: from.sandbox + atFirstRate * from.rate,
    rate: to.rate,
  };
}
