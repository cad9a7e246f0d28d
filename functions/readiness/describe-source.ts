import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import { client } from '../clients.ts';
import type { SecretReference } from '../preflight/secret-reference.ts';
import { systemsManager } from '../run/directory.ts';

const secretsManager = client(SecretsManagerClient);

/** What is known of a secret or a parameter without its value. */
export interface DescribedSource {
  readonly reference: SecretReference;
  /** Undefined where there is none. */
  readonly found:
    | {
        readonly arn: string;
        /** When it is to be deleted (ISO 8601). */
        readonly deletedAt?: string;
        /** Key that encrypts it, where it is not AWS's own. */
        readonly kmsKeyId?: string;
        /** Version id → its labels; of a parameter nothing. */
        readonly versions?: Readonly<Record<string, readonly string[]>>;
      }
    | undefined;
}

/**
 * Describes a source; its value is not read.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
 */
export async function describeSource(
  reference: SecretReference,
  signal: AbortSignal,
): Promise<DescribedSource> {
  return {
    reference,
    found:
      reference.kind === 'secret'
        ? await describeSecret(reference.arn, signal)
        : await describeParameter(reference.id, signal),
  };
}

async function describeSecret(SecretId: string, abortSignal: AbortSignal): Promise<DescribedSource['found']> {
  try {
    const { ARN, DeletedDate, KmsKeyId, VersionIdsToStages } = await secretsManager().send(
      new DescribeSecretCommand({ SecretId }),
      { abortSignal },
    );
    return {
      arn: ARN ?? SecretId,
      versions: VersionIdsToStages ?? {},
      ...(DeletedDate === undefined ? {} : { deletedAt: DeletedDate.toISOString() }),
      ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
    };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function describeParameter(id: string, abortSignal: AbortSignal): Promise<DescribedSource['found']> {
  const { Parameters = [] } = await systemsManager().send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: parameterNames(id) }],
    }),
    { abortSignal },
  );
  const arn = Parameters[0]?.ARN;
  return arn === undefined ? undefined : { arn };
}

/** An ARN has a slash before the name whether the name begins with one or not; only one that has no other may go without. */
function parameterNames(id: string): string[] {
  const [, path] = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/[^:]+)/.exec(id) ?? [];
  if (path === undefined) return [id.split(':')[0] as string];
  return path.lastIndexOf('/') === 0 ? [path, path.slice(1)] : [path];
}
