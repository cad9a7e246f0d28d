import ICAL from 'ical.js';

/** How far back an event that is still going on may have begun, in milliseconds. */
const LONGEST_EVENT_MILLISECONDS = 32 * 86_400_000;

/**
 * State of a change calendar (an iCalendar text) at an instant.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-change-calendar.html
 */
export function calendarState(text: string, at: Date): 'OPEN' | 'CLOSED' {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const closedByDefault = calendar.getFirstPropertyValue('x-calendar-type') === 'DEFAULT_CLOSED';
  const inEvent = calendar
    .getAllSubcomponents('vevent')
    .some((component: unknown) => happensAt(new ICAL.Event(component as never), at));
  return inEvent === closedByDefault ? 'OPEN' : 'CLOSED';
}

function happensAt(event: InstanceType<typeof ICAL.Event>, at: Date): boolean {
  const length = event.endDate.toJSDate().getTime() - event.startDate.toJSDate().getTime();
  const covers = (start: number) => start <= at.getTime() && at.getTime() < start + length;
  if (!event.isRecurring()) return covers(event.startDate.toJSDate().getTime());
  const iterator = event.iterator();
  for (let next = iterator.next(); next; next = iterator.next()) {
    const start = next.toJSDate().getTime();
    if (start > at.getTime()) return false;
    if (start + LONGEST_EVENT_MILLISECONDS >= at.getTime() && covers(start)) return true;
  }
  return false;
}
