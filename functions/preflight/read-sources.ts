import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Judgement } from '../../schemas/finding.ts';
import { client } from '../clients.ts';
import { systemsManager } from '../run/directory.ts';
import { judgeReadFailure } from './judge-read-failure.ts';
import { parseReference, type SecretReference, sourceOf } from './secret-reference.ts';

const secretsManager = client(SecretsManagerClient);

/** The text of a secret or a parameter, which goes nowhere else; or what kept it from being read. */
export type Source = { readonly text: string } | { readonly failed: Omit<Judgement, 'expected'> };

/** Sources by {@link sourceOf}. */
export type Sources = ReadonlyMap<string, Source>;

/** Reads what references refer to, as ECS does when a task starts: each source once. That one cannot be read is an answer too. */
export async function readSources(valuesFrom: readonly string[], signal: AbortSignal): Promise<Sources> {
  const references = new Map(
    valuesFrom.flatMap((valueFrom) => {
      const reference = parseReference(valueFrom);
      return reference === undefined ? [] : [[sourceOf(reference), reference] as const];
    }),
  );
  return new Map(
    await Promise.all(
      [...references].map(async ([source, reference]) => [source, await read(reference, signal)] as const),
    ),
  );
}

async function read(reference: SecretReference, signal: AbortSignal): Promise<Source> {
  try {
    const text = await (reference.kind === 'secret'
      ? readSecret(reference, signal)
      : readParameter(reference.id, signal));
    return text === undefined
      ? { failed: { verdict: 'fail', observed: 'holds no text: tasks are given nothing else' } }
      : { text };
  } catch (error) {
    return { failed: judgeReadFailure(error, reference) };
  }
}

async function readSecret(
  { arn, stage, versionId }: SecretReference & { kind: 'secret' },
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { SecretString } = await secretsManager().send(
    new GetSecretValueCommand({
      SecretId: arn,
      ...(stage === undefined ? {} : { VersionStage: stage }),
      ...(versionId === undefined ? {} : { VersionId: versionId }),
    }),
    { abortSignal },
  );
  return SecretString;
}

async function readParameter(id: string, abortSignal: AbortSignal): Promise<string | undefined> {
  const { Parameter } = await systemsManager().send(
    new GetParameterCommand({ Name: id, WithDecryption: true }),
    { abortSignal },
  );
  return Parameter?.Value;
}
