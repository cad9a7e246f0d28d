import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClock } from '../../../../sandbox/clock.ts';
import { createClockHistory } from '../../../../sandbox/services/rds/clock-history.ts';

test('a moment of sandbox time is found again on the wall, whatever rate the clock ran at', async () => {
  const clock = createClock(200);
  const history = createClockHistory(clock);
  const moments: Array<{ sandbox: number; wall: number }> = [];
  const note = () => moments.push({ sandbox: clock.now(), wall: Date.now() });
  for (let round = 0; round < 3; round += 1) {
    await pause(70);
    note();
    const finished = clock.work();
    await pause(110);
    note();
    finished();
    note();
  }
  await pause(60);
  for (const { sandbox, wall } of moments) {
    const found = history.wallTimeOf(sandbox);
    expect(Math.abs((found ?? 0) - wall), `${sandbox}`).toBeLessThan(60);
  }
  expect(history.wallTimeOf(clock.now() - 1e9)).toBeUndefined();
  expect(history.wallTimeOf(clock.now() + 1e9)).toBeUndefined();
  history.close();
});
