// Outlives the sandbox by a moment: when the sandbox's end of the pipe closes, however that came about, every process that
// it had registered is ended and its scratch folder removed. Lines on standard input: `+PID`, `-PID`, `folder PATH`.
import { createInterface } from 'node:readline';
import { removeUntilGone } from './remove-until-gone.mjs';

const processes = new Set();
let folder;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('+')) processes.add(Number(line.slice(1)));
    else if (line.startsWith('-')) processes.delete(Number(line.slice(1)));
    else if (line.startsWith('folder ')) folder = line.slice('folder '.length);
  })
  .on('close', async () => {
    for (const pid of processes) {
      // A frozen function must be woken to die; a process group takes its children along (PostgreSQL has some).
      for (const signal of ['SIGKILL', 'SIGCONT']) {
        for (const target of [-pid, pid]) {
          try {
            process.kill(target, signal);
          } catch {
            // Already gone.
          }
        }
      }
    }
    if (folder !== undefined) await removeUntilGone(folder);
    process.exit(0);
  });
