// Loaded before the program of a task, which runs for long while the sandbox's time passes now faster, now slower: each look at the time
// reads how it passes from a file that the sandbox keeps.
import { openSync, readSync } from 'node:fs';
import { tellSandboxTime } from '../../sandbox-date.mjs';

const file = process.env.SANDBOX_CLOCK_FILE;
delete process.env.SANDBOX_CLOCK_FILE;
if (file !== undefined) {
  const descriptor = openSync(file, 'r');
  const reading = new Float64Array(3);
  tellSandboxTime(() => {
    readSync(descriptor, reading, 0, reading.byteLength, 0);
    const [sandbox, wall, rate] = reading;
    return { sandbox, wall, rate };
  });
}
