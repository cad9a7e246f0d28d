import { askKeeper } from './ask-keeper.ts';
import { abandonPending, type DescribedSecret, describeSecret } from './describe-secret.ts';
import type { PlannedSecret, PutBack } from './rotation-state.ts';

type Done = PutBack['putBack'][number];

/**
 * Has a keeper make an earlier value good again, and current. Secrets Manager may still be at work on the rotation: its next call finds
 * the version pending no more, and refuses.
 *
 * @throws PreconditionFailed where yet another version is current
 */
export async function putBackOne(
  secret: PlannedSecret,
  { good, bad }: { readonly good: string; readonly bad: string },
  signal: AbortSignal,
): Promise<Done> {
  const { name, kind } = secret;
  const before = await describeSecret(secret);
  // Before the value: a step that comes later would set the bad one again.
  if (before.pending === bad && before.current !== bad) await abandonPending(secret.arn, bad);
  const request = { operation: 'put-back' as const, secret: name, good, bad };
  const { done, version } = await askKeeper(kind, request, signal);
  // A rotation that ended while the value was put back has made the bad one current: once more.
  if (version !== bad && (await describeSecret(secret)).current === bad) {
    const again = await askKeeper(kind, request, signal);
    return { name, version: again.version, bad, wasCurrent: true, done: again.done };
  }
  return { name, version, bad, wasCurrent: wasCurrent(before, bad, version, good), done };
}

/** A label says so, or that the bad version was current before an attempt at this very thing. */
function wasCurrent(
  { labels, current }: DescribedSecret,
  bad: string,
  version: string,
  good: string,
): boolean {
  return current === bad || (labels[bad] ?? []).includes('AWSPREVIOUS') || version !== good;
}
