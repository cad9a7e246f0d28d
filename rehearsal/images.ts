import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('demo-api/main.ts', import.meta.url));
export const REPOSITORY = 'demo-api';
/** The release that is recorded as good before a scenario begins. */
export const GOOD_TAG = '2026-11-14';
const REGISTRY = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

/** Releases of the demonstration API: tag → the bug that is part of its image. */
const RELEASES: Readonly<Record<string, string>> = {
  '2026-11-01': 'none',
  [GOOD_TAG]: 'none',
  '2026-11-21': 'items-fail',
  '2026-11-21-hotfix': 'crash-at-start',
};

export const imageOf = (tag: string) => `${REGISTRY}/${REPOSITORY}:${tag}`;

/** The images as local programs; a digest covers what an image holds, as a registry's does. */
export function demoImages(): Map<
  string,
  { digest: string; command: string[]; environment: Record<string, string> }
> {
  const program = readFileSync(PROGRAM);
  return new Map(
    Object.entries(RELEASES).map(([tag, defect]) => [
      imageOf(tag),
      {
        digest: `sha256:${createHash('sha256').update(program).update(tag).update(defect).digest('hex')}`,
        command: ['node', PROGRAM],
        environment: { RELEASE_DEFECT: defect },
      },
    ]),
  );
}
