import type { DescribedSecret } from './describe-secret.ts';
import { type PlannedSecret, shortVersion } from './rotation-state.ts';

export type Start =
  /** The rotation has begun already, or is complete. */
  | { readonly do: 'nothing' }
  | {
      readonly do: 'rotate';
      /** Pending version whose label goes first. */
      readonly abandons: string | null;
    }
  | { readonly do: 'refuse'; readonly why: string };

/** Whether a rotation can begin as it was planned, by what Secrets Manager says now. */
export function judgeStart(
  { name, token, current, leftBehind }: Pick<PlannedSecret, 'name' | 'token' | 'current' | 'leftBehind'>,
  now: Pick<DescribedSecret, 'current' | 'pending'>,
): Start {
  if (token === null)
    return { do: 'refuse', why: `The plan has no rotation of ${name}. Nothing was changed.` };
  if (now.current === token || now.pending === token) return { do: 'nothing' };
  if (now.current !== current)
    return {
      do: 'refuse',
      why: `Version ${shortVersion(now.current)} of ${name} became current after the plan was made for ${shortVersion(current)}: somebody else has rotated it. This run has not rotated it. Start the runbook again.`,
    };
  if (now.pending === null || now.pending === now.current) return { do: 'rotate', abandons: null };
  if (now.pending === leftBehind) return { do: 'rotate', abandons: leftBehind };
  return {
    do: 'refuse',
    why: `Another rotation of ${name} began after the plan was made (version ${shortVersion(now.pending)} is pending). This run has not rotated it. Start the runbook again when that one has ended.`,
  };
}
