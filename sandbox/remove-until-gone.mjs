import { existsSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const ATTEMPTS = 100;
const PAUSE_MILLISECONDS = 100;

/** Removes a folder while others may still write to it, or remove parts of it: what vanishes under rmSync makes it stop, silently. */
export async function removeUntilGone(folder) {
  for (let attempt = 0; attempt < ATTEMPTS && existsSync(folder); attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      await setTimeout(PAUSE_MILLISECONDS);
    }
  }
}
