/** A change calendar as Systems Manager takes it. */
export function calendar(type: 'DEFAULT_OPEN' | 'DEFAULT_CLOSED', ...events: string[][]): string {
  return [
    'BEGIN:VCALENDAR',
    'PRODID:-//AWS//Change Calendar 1.0//EN',
    'VERSION:2.0',
    `X-CALENDAR-TYPE:${type}`,
    ...events.flatMap((lines, index) => [
      'BEGIN:VEVENT',
      `UID:event-${index}`,
      'DTSTAMP:20260101T000000Z',
      ...lines,
      'END:VEVENT',
    ]),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}
