import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ClockReading } from './contract.ts';

/** A file from which programs that run for long learn how the sandbox's time passes. */
export interface SharedClock {
  readonly file: string;
  show(reading: ClockReading): void;
  close(): void;
}

/** The file has three numbers: sandbox's and this machine's milliseconds at one moment, and how fast time passes since. */
export function shareClock(directory: string): SharedClock {
  const file = join(directory, 'clock');
  const descriptor = openSync(file, 'w', 0o644);
  let open = true;
  return {
    file,
    show({ sandbox, wall, rate }) {
      // One write: a reader never sees half of it.
      if (open) writeSync(descriptor, new Float64Array([sandbox, wall, rate]), 0, undefined, 0);
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}
