import { readlinkSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'nightshift-sandbox-';

/**
 * Makes the folder of one sandbox, and removes those of sandboxes whose process and guardian both died.
 *
 * @returns its path; other users can pass through it, since PostgreSQL refuses to run as root
 */
export async function makeScratchFolder(parent = tmpdir()): Promise<string> {
  const names = await readdir(parent);
  for (const name of abandonedFolders(names, processNamespace(), isAlive)) {
    // Another user's, or just being removed by somebody else: not ours to insist.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
  const folder = await mkdtemp(join(parent, `${PREFIX}${processNamespace()}-${process.pid}-`));
  await chmod(folder, 0o755);
  return folder;
}

/** Which of the names are folders of sandboxes whose process is gone. A name carries the process id and the namespace in which it counts. */
export function abandonedFolders(
  names: readonly string[],
  namespace: string,
  alive: (pid: number) => boolean,
): string[] {
  return names.filter((name) => {
    const [, itsNamespace, pid] = /^nightshift-sandbox-(\d+)-(\d+)-\w{6}$/.exec(name) ?? [];
    return itsNamespace === namespace && !alive(Number(pid));
  });
}

/** Containers may share the temporary folder and each count their processes from 1. Without namespaces: 0. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Anything but "no such process" (such as "not permitted") means that there is one.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
