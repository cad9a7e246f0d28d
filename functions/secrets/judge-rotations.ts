import { ErrorName } from '../../schemas/names.ts';
import type { Verdict } from '../wait/verdict.ts';
import type { DescribedSecret } from './describe-secret.ts';
import type { RotationProgress } from './rotation-progress.ts';
import { type AwaitedRotations, shortVersion } from './rotation-state.ts';

/** Labels may be listed late; after so long a version without one has lost it (rule 10). Milliseconds. */
const LAG_MILLISECONDS = 60_000;

type Wanted = AwaitedRotations['secrets'][number];

/** What is seen of one rotation. */
export interface SeenRotation {
  readonly wanted: Wanted;
  readonly now: Pick<DescribedSecret, 'current' | 'pending'>;
  readonly progress: Pick<RotationProgress, 'step' | 'state' | 'error' | 'errorName'> | undefined;
}

type One =
  | { readonly state: 'done' }
  | { readonly state: 'waiting' | 'failed'; readonly name: string; readonly why: string };

/**
 * Whether rotations have come to their end. One that fails for a passing reason is tried again by Secrets Manager; any other failure
 * is final, and the reason is what its keeper noted.
 */
export function judgeRotations(
  seen: readonly SeenRotation[],
  { tolerant }: Pick<AwaitedRotations, 'tolerant'>,
  at: Date,
): Verdict {
  const judged = seen.map((one) => judgeOne(one, at));
  const of = (state: 'waiting' | 'failed') =>
    judged.flatMap((one) => (one.state === state ? [{ name: one.name, why: one.why }] : []));
  const failed = of('failed');
  const told = failed.map(({ name, why }) => `${name}: ${why}`).join('; ');
  // A run that goes on without the failed ones first sees what becomes of the others.
  const waiting = of('waiting');
  if (waiting.length > 0 && (tolerant || failed.length === 0))
    return { state: 'waiting', seen: waiting.map(({ name, why }) => `${name}: ${why}`).join('; ') };
  if (failed.length > 0 && !tolerant)
    return {
      state: 'failed',
      error: ErrorName.VerificationFailed,
      cause: `The rotation did not succeed. ${told}. The value before is still the current one. Mend what is wrong, and start the runbook again.`,
    };
  const rotated = seen.flatMap(({ wanted }, place) => (judged[place]?.state === 'done' ? [wanted] : []));
  return {
    state: 'done',
    output: {
      at: at.toISOString(),
      rotated: rotated.map(({ name, token }) => ({ name, version: token })),
      failed,
    },
    summary: [
      rotated.map(({ name, token }) => `${name} has the version ${shortVersion(token)}`).join(', ') ||
        'There is no rotation to wait for',
      ...(failed.length > 0 ? [`NOT rotated: ${told}`] : []),
    ].join('; '),
  };
}

function judgeOne({ wanted, now, progress }: SeenRotation, at: Date): One {
  const { name, token, from, since } = wanted;
  if (now.current === token) return { state: 'done' };
  if (now.current !== from)
    return {
      state: 'failed',
      name,
      why: `version ${shortVersion(now.current)} became current meanwhile, which this run did not make`,
    };
  const failure =
    progress?.state === 'failed'
      ? `${progress.step} failed: ${progress.error?.replace(/\.$/, '') ?? 'it did not say why'}`
      : null;
  if (failure !== null && progress?.errorName !== ErrorName.Transient)
    return { state: 'failed', name, why: failure };
  if (now.pending !== token && at.getTime() - Date.parse(since) > LAG_MILLISECONDS)
    return {
      state: 'failed',
      name,
      why: `its new version is pending no more: the rotation was given up${failure === null ? '' : ` (${failure})`}`,
    };
  return {
    state: 'waiting',
    name,
    why: failure ?? (progress === undefined ? 'its rotation begins' : `${progress.step} is done`),
  };
}
