// Outlives the sandbox by a moment: when the sandbox's end of the pipe closes, however that came about, every process that
// it had registered is ended and its scratch folder removed. Lines on standard input: `+PID`, `-PID`, `folder PATH`.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const processes = new Set();
let folder;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('+')) processes.add(Number(line.slice(1)));
    else if (line.startsWith('-')) processes.delete(Number(line.slice(1)));
    else if (line.startsWith('folder ')) folder = line.slice('folder '.length);
  })
  .on('close', () => {
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
    if (folder !== undefined)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    process.exit(0);
  });
