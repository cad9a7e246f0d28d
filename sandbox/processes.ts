import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Processes } from './contract.ts';

export interface GuardedProcesses extends Processes {
  /** Ends what still runs and waits until the scratch folder is gone. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts child processes that cannot outlive the sandbox: a guardian process holds the other end of a pipe and cleans up
 * when the sandbox ends, even by SIGKILL.
 *
 * @param folder scratch folder that the guardian removes
 */
export function createProcesses(folder: string): GuardedProcesses {
  const guardian = spawn(process.execPath, [fileURLToPath(new URL('guardian.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Of its own process group: the terminal's Ctrl-C must not reach it.
    detached: true,
    env: {},
  });
  guardian.unref();
  const { stdin } = guardian;
  // A guardian that died is noticed in close().
  stdin.on('error', () => {});
  stdin.write(`folder ${folder}\n`);
  const running = new Set<number>();
  let closing: Promise<void> | undefined;

  function start(
    command: string,
    args: readonly string[],
    options: Parameters<Processes['spawn']>[2],
  ): ChildProcess {
    if (closing) throw new Error(`The sandbox is closed; it starts no more processes (${command}).`);
    const child = spawn(command, [...args], {
      env: options.env,
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
      stdio: options.ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    });
    // The caller may listen too; without any listener a missing program would end the sandbox.
    child.on('error', () => {});
    const { pid } = child;
    if (pid === undefined) return child;
    running.add(pid);
    stdin.write(`+${pid}\n`);
    child.once('exit', () => {
      running.delete(pid);
      if (!closing) stdin.write(`-${pid}\n`);
    });
    return child;
  }

  async function end(): Promise<void> {
    if (guardian.exitCode === null && guardian.signalCode === null) {
      guardian.ref();
      const gone = once(guardian, 'exit');
      stdin.end();
      await gone;
    }
    // The guardian's work, should it have been killed before it could do it.
    for (const pid of running) killGroup(pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  return {
    spawn: start,
    close() {
      closing ??= end();
      return closing;
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
