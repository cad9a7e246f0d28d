import { ErrorName } from '../../schemas/names.ts';
import type { RotationProgress } from './rotation-progress.ts';
import type { SecretSituation } from './state.ts';

/**
 * So long after its last sign of life a rotation counts as going on, in milliseconds: Secrets Manager tries a failed one again after
 * pauses that it tells nobody, and a rotation function may run for 15 minutes.
 */
const UNDER_WAY_MILLISECONDS = 15 * 60_000;

/** What is known of a version that is pending. */
export interface PendingSigns {
  readonly current: string | null;
  readonly pending: string | null;
  readonly progress: Pick<RotationProgress, 'state' | 'error' | 'errorName' | 'at'> | undefined;
  /** When it was made; empty where it has no value yet. */
  readonly createdAt: string;
  /** When anything of the secret was changed last. */
  readonly lastChangedAt: string | null;
}

/** Whether a pending version belongs to a rotation that goes on, or was left behind; null where none is pending. */
export function judgePending(signs: PendingSigns, now: Date): SecretSituation['unfinished'] {
  const { current, pending, progress, createdAt, lastChangedAt } = signs;
  // A rotation that has succeeded may leave the label on the current version.
  if (pending === null || pending === current) return null;
  const why = progress?.state === 'failed' ? (progress.error ?? null) : null;
  const hopeless = why !== null && progress?.errorName !== ErrorName.Transient;
  const latest = Math.max(
    ...[progress?.at, createdAt || (lastChangedAt ?? '')].map((at) => Date.parse(at ?? '') || 0),
  );
  const underWay = !hopeless && now.getTime() - latest < UNDER_WAY_MILLISECONDS;
  return { version: pending, state: underWay ? 'under-way' : 'left-behind', why };
}
