import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a test run one folder for everything temporary; workers are ended without a chance to clean up after themselves. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-tests-'));
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  // Hundreds of processes load the same modules: what one of them has compiled, the next one reads.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compile-cache');
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
