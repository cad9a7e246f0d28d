import type { Judgement } from '../../../schemas/finding.ts';

/** A loop that pauses between its rounds drifts: a tenth more than the interval is no silence yet. */
const SLACK = 1.1;

export interface HeartbeatWindow {
  readonly from: Date;
  readonly to: Date;
  readonly intervalSeconds: number;
}

/** The longest time in a window in which no line came, its beginning and its end included. */
export function longestSilence(
  times: readonly Date[],
  { from, to }: HeartbeatWindow,
): { from: Date; seconds: number } {
  const inside = times
    .map((time) => time.getTime())
    .filter((time) => time >= from.getTime() && time <= to.getTime())
    .toSorted((left, right) => left - right);
  const marks = [from.getTime(), ...inside, to.getTime()];
  let longest = { from, seconds: 0 };
  for (const [index, mark] of marks.entries()) {
    const seconds = ((marks[index + 1] ?? mark) - mark) / 1000;
    if (seconds > longest.seconds) longest = { from: new Date(mark), seconds };
  }
  return longest;
}

/**
 * Judges whether a line came in every interval (P-03), wherever one lets the intervals begin. Lines outside of the window do not count: what
 * another clock calls the future proves nothing about now.
 *
 * @param complete all lines of the window were read
 */
export function judgeHeartbeat(
  times: readonly Date[],
  window: HeartbeatWindow,
  complete: boolean,
): Judgement {
  const { from, to, intervalSeconds } = window;
  const minutes = Math.round((to.getTime() - from.getTime()) / 60_000);
  const expected = `a line every ${intervalSeconds} s for ${minutes} minutes`;
  const lines = times.filter((time) => time >= from && time <= to).length;
  if (!complete)
    return {
      verdict: 'unknown',
      observed: `only the first ${lines} lines were read: look back less far`,
      expected,
    };
  if (lines === 0) return { verdict: 'fail', observed: `no line in ${minutes} minutes`, expected };
  const silence = longestSilence(times, window);
  const seconds = `${Math.round(silence.seconds)} s`;
  if (silence.seconds <= intervalSeconds * SLACK)
    return { verdict: 'pass', observed: `${counted(lines)}, longest silence ${seconds}`, expected };
  const end = new Date(silence.from.getTime() + silence.seconds * 1000);
  const since = clockOf(silence.from, to);
  // What is silent now is another thing than what was silent for a while.
  const observed =
    end.getTime() === to.getTime()
      ? `no line since ${since} (${seconds}), ${lines} before`
      : `no line from ${since} to ${clockOf(end, to)} (${seconds}), ${lines} in all`;
  return { verdict: 'fail', observed, expected };
}

const counted = (lines: number) => `${lines} line${lines === 1 ? '' : 's'}`;

/** `17:51:58` in UTC; of another day than the one that is told of, with its date. */
function clockOf(at: Date, told: Date): string {
  const [date, clock = ''] = at.toISOString().split('T');
  const words = clock.slice(0, 8);
  return told.toISOString().startsWith(String(date)) ? words : `${date} ${words}`;
}
