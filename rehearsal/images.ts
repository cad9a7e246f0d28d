import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('demo-api/main.ts', import.meta.url));
export const REPOSITORY = 'demo-api';
/** The release that is recorded as good before a scenario begins. */
export const GOOD_TAG = '2026-11-14';
const REGISTRY = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

/** The release that brings a migration on which no other one runs, and does not get ready itself. */
export const MIGRATING_TAG = '2026-11-21-split-names';
/** The migration that it brings. */
export const MIGRATION = 'c0de_split_names';

/** The release that knows the name of its database user by heart. */
export const FIXED_USER_TAG = '2026-11-21-fixed-user';
/** The release that keeps for ever the login that its first task was given. */
export const CACHED_LOGIN_TAG = '2026-11-21-cached-login';

/** The release that answers without the names of its items, and all the same with 200. */
export const NAMELESS_TAG = '2026-11-21-nameless';

/** Releases of the demonstration API: tag → the bug that is part of its image, and the migration that it brings. */
const RELEASES: Readonly<Record<string, { readonly defect: string; readonly migration?: string }>> = {
  '2026-11-01': { defect: 'none' },
  [GOOD_TAG]: { defect: 'none' },
  '2026-11-21': { defect: 'items-fail' },
  '2026-11-21-hotfix': { defect: 'crash-at-start' },
  [FIXED_USER_TAG]: { defect: 'fixed-user' },
  [CACHED_LOGIN_TAG]: { defect: 'cached-login' },
  [NAMELESS_TAG]: { defect: 'items-without-names' },
  [MIGRATING_TAG]: { defect: 'never-ready', migration: MIGRATION },
};

export const imageOf = (tag: string) => `${REGISTRY}/${REPOSITORY}:${tag}`;

/** The images as local programs; a digest covers what an image holds, as a registry's does. */
export function demoImages(): Map<
  string,
  { digest: string; command: string[]; environment: Record<string, string> }
> {
  const program = readFileSync(PROGRAM);
  return new Map(
    Object.entries(RELEASES).map(([tag, { defect, migration }]) => [
      imageOf(tag),
      {
        digest: `sha256:${createHash('sha256').update(program).update(tag).update(defect).digest('hex')}`,
        command: ['node', PROGRAM],
        environment: {
          RELEASE_DEFECT: defect,
          ...(migration === undefined ? {} : { RELEASE_MIGRATION: migration }),
        },
      },
    ]),
  );
}
