import { randomUUID } from 'node:crypto';
import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { checkMove } from './check-move.ts';
import { requireEncryption } from './encryption.ts';
import { rememberView, seenVersions } from './label-views.ts';
import { checkLabels, checkToken, readValue } from './limits.ts';
import { onSecret, requireUnmanaged } from './permissions.ts';
import { type ReadResult, readSecretValue } from './read-value.ts';
import type { Version } from './secret.ts';
import { dateOnly } from './show-secret.ts';
import { storeVersion } from './store-version.ts';
import { moveLabel } from './versions.ts';

const LARGEST_PAGE = 100;

/** GetSecretValue's answer. */
export function showValue({ secret, version, value }: ReadResult) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: value.text,
    SecretBinary: value.binary,
    VersionStages: [...version.labels],
    CreatedDate: new Date(version.createdAt),
  };
}

/** Values, versions and labels of one secret. */
export function valueOperations(account: Account): Record<string, Operation> {
  const { machine } = account;
  return {
    GetSecretValue: {
      permissions: () => [],
      handle: (input, { caller }) =>
        showValue(
          readSecretValue(account, caller, {
            id: input.SecretId,
            label: input.VersionStage,
            versionId: input.VersionId,
          }),
        ),
    },
    PutSecretValue: onSecret(account, 'PutSecretValue', (secret, input, { caller }) => {
      refuseMembers(input, [
        'SecretId',
        'ClientRequestToken',
        'SecretString',
        'SecretBinary',
        'VersionStages',
      ]);
      requireUnmanaged(secret);
      const id = input.ClientRequestToken ?? randomUUID();
      checkToken(id);
      const labels = input.VersionStages ?? ['AWSCURRENT'];
      checkLabels(labels);
      const value = readValue(input);
      if (!value)
        throw new AwsError(
          'InvalidRequestException',
          'You must provide either SecretString or SecretBinary.',
        );
      requireEncryption(machine, secret.keyId, caller);
      storeVersion(account, secret, { id, value, labels });
      const version = secret.versions.get(id) as Version;
      return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: [...version.labels] };
    }),
    UpdateSecretVersionStage: onSecret(
      account,
      'UpdateSecretVersionStage',
      (secret, input) => {
        requireUnmanaged(secret);
        checkLabels([input.VersionStage]);
        checkMove(secret, input);
        rememberView(machine, secret);
        moveLabel(secret.versions, input.VersionStage, input.MoveToVersionId);
        secret.changedAt = machine.clock.now();
        return { ARN: secret.arn, Name: secret.name };
      },
      { conditions: ({ VersionStage }) => ({ 'secretsmanager:VersionStage': VersionStage }) },
    ),
    ListSecretVersionIds: onSecret(account, 'ListSecretVersionIds', (secret, input) => {
      const listed = seenVersions(secret, 'stale-labels', machine.clock.now())
        // A version that a rotation has reserved is not listed before it has a value.
        .filter(({ labels, value }) => value !== undefined && (labels.size > 0 || input.IncludeDeprecated))
        .toSorted((one, other) => other.createdAt - one.createdAt);
      const { page, nextToken } = paginate(
        listed,
        input.NextToken,
        input.MaxResults ?? LARGEST_PAGE,
        'InvalidNextTokenException',
      );
      return { ARN: secret.arn, Name: secret.name, Versions: page.map(showVersion), NextToken: nextToken };
    }),
  };
}

function showVersion({ id, labels, createdAt, accessedAt, keyId }: Version) {
  return {
    VersionId: id,
    VersionStages: labels.size > 0 ? [...labels] : undefined,
    CreatedDate: new Date(createdAt),
    LastAccessedDate: accessedAt === undefined ? undefined : dateOnly(accessedAt),
    KmsKeyIds: [keyId ?? 'DefaultEncryptionKey'],
  };
}
