import type { LookOf } from '../wait/verdict.ts';
import { describeSecret } from './describe-secret.ts';
import { judgeRotations } from './judge-rotations.ts';
import { readRotationProgress } from './rotation-progress.ts';

/** Whether rotations have come to their end. */
export const lookAtRotations: LookOf<'secret-rotations'> = async ({ secrets, tolerant }) => {
  const seen = await Promise.all(
    secrets.map(async (wanted) => ({
      wanted,
      // What its keeper noted is read first: a step that ends meanwhile is then seen as one that goes on.
      progress: await readRotationProgress(wanted.name, wanted.token),
      now: await describeSecret(wanted),
    })),
  );
  return judgeRotations(seen, { tolerant }, new Date());
};
