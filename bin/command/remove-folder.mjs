// Outlives the command by a moment: when its end of the pipe closes, however that came about, the folder is removed.
import { existsSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const ATTEMPTS = 100;
const [, , folder] = process.argv;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.resume().once('close', async () => {
  // At the same time the guardian of a sandbox in the folder removes its part, and ends processes that still write.
  for (let attempt = 0; attempt < ATTEMPTS && existsSync(folder); attempt += 1) {
    try {
      // Of a part that vanishes under its hands it says nothing, and leaves the rest.
      rmSync(folder, { recursive: true, force: true });
    } catch {
      await setTimeout(100);
    }
  }
});
