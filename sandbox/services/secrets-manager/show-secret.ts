import { tagList } from '../tags.ts';
import type { Rotation } from './rotation.ts';
import { showRules } from './rotation-rules.ts';
import type { Secret } from './secret.ts';

/** Dates of access have no time. */
export const dateOnly = (at: number): Date => new Date(at - (at % 86_400_000));

const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at));

/** What DescribeSecret and ListSecrets have in common; without the labels. */
export function showSecret(secret: Secret) {
  const accessed = [...secret.versions.values()].map(({ accessedAt }) => accessedAt ?? 0);
  const accessedAt = Math.max(0, ...accessed);
  const tags = tagList(secret.tags);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.keyId,
    OwningService: secret.owningService,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    LastAccessedDate: accessedAt === 0 ? undefined : dateOnly(accessedAt),
    // Not when it was asked for: the date it is scheduled for.
    DeletedDate: date(secret.deletion?.dueAt),
    Tags: tags.length > 0 ? tags : undefined,
    ...(secret.rotation ? showRotation(secret.rotation) : {}),
  };
}

/** With rotation turned off, the configuration is still shown, but no dates. */
function showRotation({ enabled, functionArn, rules, lastRotatedAt, next }: Rotation) {
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: functionArn,
    RotationRules: rules && showRules(rules),
    LastRotatedDate: enabled ? date(lastRotatedAt) : undefined,
    // The last second of the window.
    NextRotationDate: enabled && next ? new Date(next.closesAt - 1000) : undefined,
  };
}
