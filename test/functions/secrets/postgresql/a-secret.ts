import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { readRotationProgress } from '../../../../functions/secrets/rotation-progress.ts';

export type Handler = (event: unknown, context: never) => Promise<unknown>;
export type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
export const STEPS: readonly Step[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** The function that keeps the secret, for Secrets Manager. */
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:keeper';

type Asking = {
  readonly secrets: SecretsManagerClient;
  ask(handler: Handler, event: unknown): Promise<unknown>;
};
export type TestSecret = Awaited<ReturnType<typeof aSecret>>;

/** A secret with one version, and what tests do with it. */
export async function aSecret(
  { secrets, ask }: Asking,
  name: string,
  value: string | Record<string, unknown> | Uint8Array,
) {
  const content =
    value instanceof Uint8Array
      ? { SecretBinary: value }
      : { SecretString: typeof value === 'string' ? value : JSON.stringify(value) };
  const { ARN: arn = '' } = await secrets.send(new CreateSecretCommand({ Name: name, ...content }));
  const texts = async (): Promise<Array<{ id: string; labels: string[]; text: string | undefined }>> => {
    const { Versions = [] } = await secrets.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }),
    );
    return await Promise.all(
      Versions.map(async ({ VersionId: id = '', VersionStages: labels = [] }) => {
        const found = await secrets
          .send(new GetSecretValueCommand({ SecretId: arn, VersionId: id }))
          .catch(() => undefined);
        return { id, labels, text: found?.SecretString };
      }),
    );
  };
  const labelled = async (label: string) => (await texts()).find(({ labels }) => labels.includes(label));
  return {
    name,
    arn,
    texts,
    labelled,
    /** Value of the version that has a label. */
    async value(label = 'AWSCURRENT'): Promise<{ username: string; password: string }> {
      return JSON.parse((await labelled(label))?.text ?? '{}');
    },
    /** Stages an empty version, as a rotation begins; answers with its token. */
    async begin(): Promise<string> {
      const { VersionId = '' } = await secrets.send(
        new RotateSecretCommand({
          SecretId: arn,
          RotationLambdaARN: FUNCTION,
          RotationRules: { AutomaticallyAfterDays: 30 },
        }),
      );
      return VersionId;
    },
    async abandon(): Promise<void> {
      const pending = await labelled('AWSPENDING');
      if (pending === undefined || pending.labels.includes('AWSCURRENT')) return;
      await secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId: arn,
          VersionStage: 'AWSPENDING',
          RemoveFromVersionId: pending.id,
        }),
      );
    },
    move: (VersionStage: string, RemoveFromVersionId: string, MoveToVersionId: string) =>
      secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId: arn,
          VersionStage,
          RemoveFromVersionId,
          MoveToVersionId,
        }),
      ),
    put: (text: string, labels = ['AWSCURRENT'], token?: string) =>
      secrets.send(
        new PutSecretValueCommand({
          SecretId: arn,
          SecretString: text,
          VersionStages: labels,
          ClientRequestToken: token,
        }),
      ),
    step: (handler: Handler, step: Step, token: string) =>
      ask(handler, { Step: step, SecretId: arn, ClientRequestToken: token }),
    /** All four steps, for a token of its own. */
    async rotate(handler: Handler): Promise<string> {
      const token = await this.begin();
      for (const step of STEPS) await this.step(handler, step, token);
      // As Secrets Manager does when a rotation is complete.
      await secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId: arn,
          VersionStage: 'AWSPENDING',
          RemoveFromVersionId: token,
        }),
      );
      return token;
    },
    progress: (token: string) => readRotationProgress(name, token),
  };
}
