import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const PROGRAM = 'redis-server';

/** Says what is missing, and how to get it. */
export const NO_REDIS =
  'this machine has no redis-server, which the sandbox runs for ElastiCache: install it (Debian and Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`), or deploy without a cache';

/** The program as the machine's PATH finds it; undefined where it has none. It is no package that comes with this one. */
export function findRedisServer(path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, PROGRAM))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
