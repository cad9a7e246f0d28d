import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { client } from '../../clients.ts';
import type { Described } from './judge-token.ts';

/** The Secrets Manager client of this container. */
export const secretsManager = client(SecretsManagerClient);

export async function describeSecret(arn: string): Promise<Described> {
  const { RotationEnabled = false, VersionIdsToStages = {} } = await secretsManager().send(
    new DescribeSecretCommand({ SecretId: arn }),
  );
  return { rotationEnabled: RotationEnabled, labels: VersionIdsToStages };
}

/** What a version holds. */
export type Content =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'binary' }
  /** There is no such version, or it has no value (yet). */
  | { readonly is: 'nothing' };

/** Reads one version; by its id, because a label that moved is seen late (rule 10). */
export async function readVersion(arn: string, id: string): Promise<Content> {
  try {
    const { SecretString, SecretBinary } = await secretsManager().send(
      new GetSecretValueCommand({ SecretId: arn, VersionId: id }),
    );
    if (SecretString !== undefined) return { is: 'text', text: SecretString };
    return { is: SecretBinary === undefined ? 'nothing' : 'binary' };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return { is: 'nothing' };
    throw error;
  }
}

/**
 * Stores a value under a token, which becomes the version's id, and gives it a label.
 *
 * @throws ResourceExistsException where the token has another value already
 */
export async function putVersion(arn: string, token: string, text: string, label: string): Promise<void> {
  await secretsManager().send(
    new PutSecretValueCommand({
      SecretId: arn,
      ClientRequestToken: token,
      SecretString: text,
      VersionStages: [label],
    }),
  );
}

/** Moves a label, both versions named: it fails where somebody else has moved it meanwhile. */
export async function moveLabel(
  arn: string,
  label: string,
  { from, to }: { readonly from?: string; readonly to?: string },
): Promise<void> {
  await secretsManager().send(
    new UpdateSecretVersionStageCommand({
      SecretId: arn,
      VersionStage: label,
      ...(from === undefined ? {} : { RemoveFromVersionId: from }),
      ...(to === undefined ? {} : { MoveToVersionId: to }),
    }),
  );
}

/** Ids of versions without a label, newest first. Secrets Manager deletes them when it has many, but none younger than a day. */
export async function listUnlabelled(arn: string): Promise<string[]> {
  const { Versions = [] } = await secretsManager().send(
    new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true, MaxResults: 100 }),
  );
  return Versions.filter(({ VersionId, VersionStages = [] }) => VersionId && VersionStages.length === 0)
    .toSorted((one, other) => (other.CreatedDate?.getTime() ?? 0) - (one.CreatedDate?.getTime() ?? 0))
    .map(({ VersionId = '' }) => VersionId);
}
