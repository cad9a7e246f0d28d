import {
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  type SecretVersionsListEntry,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PreconditionFailed } from '../errors.ts';
import { secretsManager } from './client.ts';
import { type SecretVersion, STAGED_LABEL } from './state.ts';

/** A secret as Secrets Manager describes it: versions and settings, no values. */
export interface DescribedSecret {
  /** Version id → its staging labels. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Version ids; null where no version has the label. */
  readonly current: string | null;
  readonly previous: string | null;
  readonly pending: string | null;
  readonly staged: string | null;
  readonly rotationEnabled: boolean;
  readonly rotationFunction: string | null;
  /** ISO 8601. */
  readonly lastRotatedAt: string | null;
  readonly lastChangedAt: string | null;
}

/** @throws PreconditionFailed where there is no such secret, or it is being deleted */
export async function describeSecret(secret: {
  readonly name: string;
  readonly arn: string;
}): Promise<DescribedSecret> {
  const gone = (how: string) =>
    new PreconditionFailed(
      `The secret ${secret.name} (${secret.arn}) ${how}. This step changed nothing. Is the configuration still right?`,
    );
  try {
    const found = await secretsManager().send(new DescribeSecretCommand({ SecretId: secret.arn }));
    if (found.DeletedDate !== undefined) throw gone('is being deleted');
    const labels = found.VersionIdsToStages ?? {};
    const holder = (label: string) =>
      Object.entries(labels).find(([, stages]) => stages.includes(label))?.[0] ?? null;
    return {
      labels,
      current: holder('AWSCURRENT'),
      previous: holder('AWSPREVIOUS'),
      pending: holder('AWSPENDING'),
      staged: holder(STAGED_LABEL),
      rotationEnabled: found.RotationEnabled ?? false,
      rotationFunction: found.RotationLambdaARN ?? null,
      lastRotatedAt: found.LastRotatedDate?.toISOString() ?? null,
      lastChangedAt: found.LastChangedDate?.toISOString() ?? null,
    };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') throw gone('does not exist');
    throw error;
  }
}

/** Versions that have a label, with the time when each was made. */
export async function listVersions(
  arn: string,
  { labels }: Pick<DescribedSecret, 'labels'>,
): Promise<SecretVersion[]> {
  const listed = new Map<string, SecretVersionsListEntry>();
  let NextToken: string | undefined;
  do {
    const page = await secretsManager().send(
      new ListSecretVersionIdsCommand({ SecretId: arn, ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    for (const version of page.Versions ?? []) listed.set(version.VersionId ?? '', version);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return Object.entries(labels).map(([id, stages]) => ({
    id,
    stages: [...stages],
    // A version that has no value yet is not listed.
    createdAt: listed.get(id)?.CreatedDate?.toISOString() ?? '',
  }));
}

/**
 * Takes the label of a pending version away that no rotation goes on with: Secrets Manager would go on with it instead of beginning
 * another one. The version itself stays, without a label: what its value was set for can still be found.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export async function abandonPending(arn: string, version: string): Promise<void> {
  await secretsManager().send(
    new UpdateSecretVersionStageCommand({
      SecretId: arn,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: version,
    }),
  );
}
