import type { FreezeWindow } from '../../schemas/deployment.ts';

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
const DAY_MILLISECONDS = 86_400_000;

/** The freeze window that holds at an instant, if any. All times are UTC; a weekly window may reach into the next day. */
export function activeFreeze(windows: readonly FreezeWindow[], at: Date): FreezeWindow | undefined {
  return windows.find((window) => isOnce(window, at) || isWeekly(window, at));
}

function isOnce({ from, to }: FreezeWindow, at: Date): boolean {
  if (from === undefined || to === undefined) return false;
  return Date.parse(from) <= at.getTime() && at.getTime() < Date.parse(to);
}

function isWeekly({ days, startsAt, durationMinutes }: FreezeWindow, at: Date): boolean {
  if (days === undefined || startsAt === undefined || durationMinutes === undefined) return false;
  const [hours = 0, minutes = 0] = startsAt.split(':').map(Number);
  const midnight = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  // As many days back as the window is long.
  const daysBack = Math.ceil(durationMinutes / (24 * 60));
  for (let back = 0; back <= daysBack; back += 1) {
    const day = new Date(midnight - back * DAY_MILLISECONDS);
    if (!days.includes(DAYS[day.getUTCDay()] as (typeof DAYS)[number])) continue;
    const start = day.getTime() + (hours * 60 + minutes) * 60_000;
    if (start <= at.getTime() && at.getTime() < start + durationMinutes * 60_000) return true;
  }
  return false;
}
