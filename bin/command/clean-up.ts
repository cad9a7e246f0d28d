import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeScratchFolder } from '../../sandbox/scratch-folder.ts';

const GUARDIAN = fileURLToPath(new URL('remove-folder.mjs', import.meta.url));

let guardian: ChildProcess | undefined;
let closing: Promise<void> | undefined;

/**
 * Puts every temporary file that this process makes from now on into one folder, which a guardian removes however the
 * process ends: the assembly and the bundles have nobody else who would do it after a SIGKILL.
 */
export async function guardTemporaryFiles(): Promise<void> {
  const folder = await makeScratchFolder();
  guardian = spawn(process.execPath, [GUARDIAN, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Of its own process group: the terminal's Ctrl-C must not reach it.
    detached: true,
    env: {},
  });
  process.env.TMPDIR = folder;
}

/** Closes every sandbox of this process and removes its temporary files. Safe to call twice. */
export function closeEverything(): Promise<void> {
  closing ??= (async () => {
    if (!guardian) return;
    // Most commands need no sandbox, and it takes longer to load than they take to run.
    const { closeAllSandboxes } = await import('../../sandbox/start-sandbox.ts');
    await closeAllSandboxes();
    if (guardian.exitCode !== null || guardian.signalCode !== null) return;
    const gone = once(guardian, 'exit');
    guardian.stdin?.end();
    await gone;
  })();
  return closing;
}
