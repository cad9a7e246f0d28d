import { randomUUID } from 'node:crypto';
import type { Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import { tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { mayReencrypt, ownKey, requireEncryption } from './encryption.ts';
import { seenVersions } from './label-views.ts';
import { checkToken, readValue } from './limits.ts';
import { onSecret, requireUnmanaged } from './permissions.ts';
import type { Secret } from './secret.ts';
import { showSecret } from './show-secret.ts';
import { storeVersion } from './store-version.ts';
import { labelsByVersion } from './versions.ts';

/** Labels whose versions are encrypted anew when the key changes. */
const REENCRYPTED = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'];

/** Making, describing and changing secrets. */
export function secretOperations(account: Account): Record<string, Operation> {
  const { machine } = account;
  return {
    CreateSecret: {
      permissions: (input) => [
        {
          action: 'secretsmanager:CreateSecret',
          resource: machine.arn('secretsmanager', `secret:${input.Name}`),
          conditions: {
            'secretsmanager:Name': input.Name,
            'aws:TagKeys': Object.keys(tagMap(input.Tags)),
            ...Object.fromEntries(
              Object.entries(tagMap(input.Tags)).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
            ),
          },
        },
      ],
      handle(input, { caller }) {
        refuseMembers(input, [
          'Name',
          'ClientRequestToken',
          'Description',
          'KmsKeyId',
          'SecretBinary',
          'SecretString',
          'Tags',
        ]);
        const token = input.ClientRequestToken ?? randomUUID();
        checkToken(token);
        const value = readValue(input);
        const keyId = ownKey(input.KmsKeyId);
        requireEncryption(machine, keyId, caller);
        const secret = account.create({
          name: input.Name,
          value,
          token,
          keyId,
          description: input.Description,
          tags: tagMap(input.Tags),
        });
        return { ARN: secret.arn, Name: secret.name, VersionId: value && token };
      },
    },
    UpdateSecret: onSecret(account, 'UpdateSecret', (secret, input, { caller }) => {
      refuseMembers(input, [
        'SecretId',
        'ClientRequestToken',
        'Description',
        'KmsKeyId',
        'SecretBinary',
        'SecretString',
      ]);
      requireUnmanaged(secret);
      const id = input.ClientRequestToken ?? randomUUID();
      checkToken(id);
      const value = readValue(input);
      const keyId = input.KmsKeyId === undefined ? secret.keyId : ownKey(input.KmsKeyId);
      if (value || keyId !== secret.keyId) requireEncryption(machine, keyId, caller);
      if (keyId !== secret.keyId && mayReencrypt(machine, keyId, caller)) reencrypt(secret, keyId);
      secret.keyId = keyId;
      if (input.Description !== undefined) secret.description = input.Description || undefined;
      secret.changedAt = machine.clock.now();
      if (value) storeVersion(account, secret, { id, value, labels: ['AWSCURRENT'] });
      return { ARN: secret.arn, Name: secret.name, VersionId: value && id };
    }),
    DescribeSecret: onSecret(
      account,
      'DescribeSecret',
      (secret) => ({
        ...showSecret(secret),
        VersionIdsToStages: labelsByVersion(seenVersions(secret, 'stale-labels', machine.clock.now())),
      }),
      { deleted: true },
    ),
  };
}

function reencrypt(secret: Secret, keyId: string | undefined): void {
  for (const version of secret.versions.values())
    if (REENCRYPTED.some((label) => version.labels.has(label))) version.keyId = keyId;
}
