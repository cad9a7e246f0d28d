import { AwsError, type Caller } from '../../contract.ts';
import type { Account } from './account.ts';
import { requireDecryption } from './encryption.ts';
import { seenVersions } from './label-views.ts';
import { requireOnSecret } from './permissions.ts';
import type { Secret, SecretValue, Version } from './secret.ts';
import { holderOf } from './versions.ts';

export interface ReadRequest {
  readonly id: string;
  readonly label?: string | undefined;
  readonly versionId?: string | undefined;
}

export interface ReadResult {
  readonly secret: Secret;
  readonly version: Version;
  readonly value: SecretValue;
}

/**
 * Reads a value as `caller`: by version id, by label, or the current one.
 *
 * @throws AwsError as GetSecretValue answers it
 */
export function readSecretValue(account: Account, caller: Caller, request: ReadRequest): ReadResult {
  const { id, label, versionId } = request;
  requireOnSecret(account, caller, 'GetSecretValue', id, {
    'secretsmanager:VersionStage': label ?? 'AWSCURRENT',
    ...(versionId === undefined ? {} : { 'secretsmanager:VersionId': versionId }),
  });
  const secret = account.findUsable(id);
  const { machine } = account;
  const now = machine.clock.now();
  const version =
    versionId === undefined
      ? holderOf(seenVersions(secret, 'stale-reads', now), label ?? 'AWSCURRENT')
      : secret.versions.get(versionId);
  if (version && label !== undefined && !version.labels.has(label))
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  if (version?.value === undefined) throw notFound(request);
  requireDecryption(machine, version.keyId, caller);
  const kept = secret.versions.get(version.id);
  if (kept) kept.accessedAt = now;
  return { secret, version, value: version.value };
}

function notFound({ label = 'AWSCURRENT', versionId }: ReadRequest): AwsError {
  const what = versionId === undefined ? `staging label: ${label}` : `VersionId: ${versionId}`;
  return new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${what}`,
  );
}
