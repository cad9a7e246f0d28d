import { constants } from 'node:fs';
import { chmod, chown, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runsAsRoot, UNPRIVILEGED_USER } from './native.ts';

/** How many files are copied at a time: enough to keep a disk busy, too few to keep Node's four file threads from others. */
const COPIES_AT_A_TIME = 3;

/** What PostgreSQL's processes are started with, so that they do not run as root. */
export const owner = (): { uid?: number; gid?: number } =>
  runsAsRoot() ? { uid: UNPRIVILEGED_USER, gid: UNPRIVILEGED_USER } : {};

async function own(path: string): Promise<void> {
  if (runsAsRoot()) await chown(path, UNPRIVILEGED_USER, UNPRIVILEGED_USER);
}

/** Makes a folder that PostgreSQL may write to; fine when it is there already. */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  // The mode of mkdir is subject to the umask, and PostgreSQL insists on 0700 for its data.
  await chmod(path, mode);
  await own(path);
}

/** Writes a file that only PostgreSQL can read, and returns its path. */
export async function writeOwned(path: string, text: string): Promise<string> {
  await writeFile(path, text, { mode: 0o600 });
  await own(path);
  return path;
}

/** Copies one file for PostgreSQL, sharing its blocks where the file system can. */
export async function copyOwned(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await own(to);
}

/**
 * Copies a folder tree for PostgreSQL. A file that vanishes meanwhile is left out: PostgreSQL's log knows that it was removed.
 *
 * @param wanted whether to copy this entry, by its path relative to `from`; a folder that is not wanted is left out whole
 */
export async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  const files: string[] = [];
  const visit = async (folder: string) => {
    await makeFolder(join(to, folder));
    for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!wanted(path)) continue;
      if (entry.isDirectory()) await visit(path).catch(unlessGone);
      else files.push(path);
    }
  };
  await visit('');
  const copyNext = async () => {
    for (let path = files.pop(); path !== undefined; path = files.pop())
      await copyOwned(join(from, path), join(to, path)).catch(unlessGone);
  };
  await Promise.all(Array.from({ length: COPIES_AT_A_TIME }, copyNext));
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
