import type { Account } from './account.ts';
import { rememberView } from './label-views.ts';
import { pendingVersion } from './rotation-steps.ts';
import type { Secret } from './secret.ts';
import { holderOf, type NewVersion, putVersion } from './versions.ts';

/** Adds a version. A new current value ends a rotation that has not become current: it is abandoned. */
export function storeVersion(
  account: Account,
  secret: Secret,
  added: Pick<NewVersion, 'id' | 'value' | 'labels'>,
): void {
  const { machine, rotations } = account;
  const now = machine.clock.now();
  const before = holderOf(secret.versions.values(), 'AWSCURRENT');
  const unfinished = pendingVersion(secret);
  if (secret.versions.get(added.id)?.value === undefined) rememberView(machine, secret);
  if (!putVersion(secret.versions, secret.arn, { ...added, now, keyId: secret.keyId })) return;
  secret.changedAt = now;
  const current = holderOf(secret.versions.values(), 'AWSCURRENT');
  if (current?.id !== added.id || before?.id === added.id) return;
  secret.valueChangedAt = now;
  rotations.valueChanged(secret, unfinished);
}
