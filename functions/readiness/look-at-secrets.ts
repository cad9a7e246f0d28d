import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { gravest, type Judgement } from '../../schemas/finding.ts';
import { judgePermissions } from '../iam/judge-permissions.ts';
import { askAbout, type Question } from '../iam/simulate-role.ts';
import { inParallel } from '../in-parallel.ts';
import { type DescribedSource, describeSource } from './describe-source.ts';
import { judgeSources } from './judge-sources.ts';
import { startSecrets } from './start-secrets.ts';

/** No task is given more; what would be beyond is not looked at, and said. */
const MOST_SOURCES = 40;
const AT_A_TIME = 4;
const CURRENT = 'AWSCURRENT';
const DECRYPT = 'kms:Decrypt';

/** What ECS would read when it starts a task, and the judgement on it. */
export interface LookedAtSecrets {
  readonly described: readonly DescribedSource[];
  readonly judgement: Judgement;
}

/** Describes everything that a task of a definition is given when it starts; no value is read. */
export async function lookAtSecrets(
  definition: TaskDefinition,
  signal: AbortSignal,
): Promise<LookedAtSecrets> {
  const { references, refused } = startSecrets(definition);
  const described = await inParallel(references.slice(0, MOST_SOURCES), AT_A_TIME, (reference) =>
    describeSource(reference, signal),
  );
  const judgement = judgeSources(described, refused);
  const beyond = references.length - described.length;
  if (beyond === 0) return { described, judgement };
  const observed = `${judgement.observed}; ${beyond} more were not looked at`;
  return {
    described,
    judgement: { ...judgement, verdict: gravest([judgement.verdict, 'unknown']), observed },
  };
}

/** Judges whether the execution role may read what a task is given: by its own policies, for those of secrets and keys are not seen. */
export async function lookAtExecutionRole(
  roleArn: string | undefined,
  described: readonly DescribedSource[],
): Promise<Judgement> {
  const expected = 'the execution role may read what a task is given when it starts';
  if (described.length === 0) return { verdict: 'pass', observed: 'a task is given nothing', expected };
  if (roleArn === undefined)
    return { verdict: 'fail', observed: 'the task definition names no execution role', expected };
  // A key's own policy lets the account's roles use it more often than not.
  return judgePermissions(roleArn, await askAbout(roleArn, questionsAbout(described)), [DECRYPT]);
}

/** One question for each kind of resource. Of what does not exist nothing can be asked. */
export function questionsAbout(described: readonly DescribedSource[]): Question[] {
  const secrets = described.filter(({ reference }) => reference.kind === 'secret');
  const parameters = described.filter(({ reference }) => reference.kind === 'parameter');
  const arns = (some: readonly DescribedSource[]) => [
    ...new Set(some.flatMap(({ found }) => found?.arn ?? [])),
  ];
  // Of an alias nobody can tell here which key it is of.
  const keys = described.flatMap(({ found }) =>
    /:key\//.test(found?.kmsKeyId ?? '') ? [found?.kmsKeyId ?? ''] : [],
  );
  const stages = new Set(
    secrets.map(({ reference }) => (reference.kind === 'secret' ? reference.stage : undefined) ?? CURRENT),
  );
  const [stage] = stages;
  const context = stages.size === 1 && stage !== undefined ? { 'secretsmanager:VersionStage': stage } : {};
  const all: Question[] = [
    { actions: ['secretsmanager:GetSecretValue'], resources: arns(secrets), context },
    { actions: ['ssm:GetParameters'], resources: arns(parameters) },
    { actions: [DECRYPT], resources: [...new Set(keys)] },
  ];
  return all.filter(({ resources }) => resources.length > 0);
}
