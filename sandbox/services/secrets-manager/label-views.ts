import type { Machine } from '../../contract.ts';
import type { Secret, Version } from './secret.ts';

/** What readers may see late: values by label (GetSecretValue, ECS), and the list of labels (DescribeSecret, ListSecretVersionIds). */
export type ReadKind = 'stale-reads' | 'stale-labels';

/** The versions as they were before a change, for whoever reads them before the change has reached every reader. */
interface View {
  /** Sandbox milliseconds. */
  readonly until: number;
  readonly versions: readonly Version[];
}

export type LabelViews = Record<ReadKind, View[]>;

export const noViews = (): LabelViews => ({ 'stale-reads': [], 'stale-labels': [] });

/**
 * Keeps what is there now for readers who will not see the change that follows at once. Off unless the fault plan says so:
 * `secrets-manager:stale-reads=late:SECONDS` or `secrets-manager:stale-labels=late:SECONDS`; each change of labels or values
 * is one occurrence.
 */
export function rememberView({ faults, clock }: Machine, secret: Secret): void {
  for (const kind of Object.keys(secret.views) as ReadKind[]) {
    const seconds = /^late:(\d+)$/.exec(faults.next(`secrets-manager:${kind}`) ?? '')?.[1];
    if (seconds === undefined) continue;
    const versions = [...secret.versions.values()].map((version) => ({
      ...version,
      labels: new Set(version.labels),
    }));
    secret.views[kind].push({ until: clock.now() + Number(seconds) * 1000, versions });
  }
}

/** The versions as a reader sees them. Once a change has been seen, the state before it is not seen again. */
export function seenVersions(secret: Secret, kind: ReadKind, now: number): readonly Version[] {
  const views = secret.views[kind];
  while (views[0] !== undefined && views[0].until <= now) views.shift();
  return views[0]?.versions ?? [...secret.versions.values()];
}
