import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { READY_ASSEMBLY } from '../../rehearsal/demo-names.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('synthesize-demo.ts', import.meta.url));

/** How the paths of the files begin that start the demonstration; one that is not among them synthesizes it by itself. */
const USERS = [
  'test/rehearsal/',
  'test/bin/commands',
  'test/bin/abandoned-sandbox',
  'test/bin/rotate-with-cli',
];

/**
 * Synthesizes the demonstration once for all files of a test run: a dozen of them start it, and bundling every function takes most of the
 * time until it is there. It is only read, which is checked in the end.
 */
export default async function setup({ vitest }: TestProject): Promise<undefined | (() => void)> {
  const files = vitest.state.getPaths().map((file) => relative(ROOT, file));
  if (!files.some((file) => USERS.some((user) => file.startsWith(user)))) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-assembly-'));
  await promisify(execFile)(process.execPath, [PROGRAM, folder]);
  process.env[READY_ASSEMBLY] = folder;
  const before = stateOf(folder);
  return () => {
    if (stateOf(folder) !== before)
      throw new Error('A test has changed the assembly that all of them share.');
  };
}

/** Every file with its size and when it was written. */
function stateOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    })
    .join('\n');
}
