import { existsSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const ATTEMPTS = 100;
const PAUSE_MILLISECONDS = 50;

/**
 * Removes a folder while processes that are just dying still write to it, or others remove parts of it: of what vanishes
 * under its hands rmSync says nothing, and leaves the rest.
 */
export async function removeUntilGone(folder) {
  for (let attempt = 0; attempt < ATTEMPTS && existsSync(folder); attempt += 1) {
    if (attempt > 0) await setTimeout(PAUSE_MILLISECONDS);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Something was written into it meanwhile.
    }
  }
}
