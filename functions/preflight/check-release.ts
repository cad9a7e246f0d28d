import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import type { Finding, Judgement } from '../../schemas/finding.ts';
import type { PreflightEntry } from '../../schemas/preflight/entry.ts';
import { unpackRules } from '../../schemas/preflight/packed-rules.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { describeRelease } from '../ecs/release.ts';
import { short } from '../ecs/steadiness.ts';
import { PreconditionFailed } from '../errors.ts';
import { readPreflight } from '../run/directory.ts';
import { type StepTools, step } from '../step.ts';
import { auditChecks } from './audit-checks.ts';
import { examined, found } from './examine.ts';
import { judgeDeclaredSecret } from './judge-declared-secret.ts';
import { judgeEnvironment } from './judge-environment.ts';
import { judgeSources } from './judge-sources.ts';
import { lookAtImages } from './look-at-images.ts';
import { readSources, type Sources } from './read-sources.ts';
import { sourceOf } from './secret-reference.ts';
import { Examined, Release } from './state.ts';
import { taskEnvironment } from './task-environment.ts';
import { secretsOf } from './wanted-secrets.ts';

const Input = z.object({ run: Run, target: ServiceTarget, release: Release });
type Input = z.infer<typeof Input>;

/**
 * Checks a release before its first task starts: that it is active, its environment against the rules of its service, its secrets and
 * its images (P-12). Values of variables and secrets are read here, judged here, and go nowhere else.
 */
export const handler = step({
  name: 'check-release',
  phase: 'verify',
  input: Input,
  output: Examined,
  run: check,
});

async function check({ run, target, release }: Input, tools: StepTools): Promise<Examined> {
  const at = new Date();
  const [containers, entry] = await Promise.all([
    containersOf(release.taskDefinition),
    readPreflight(target.name),
  ]);
  const rules = entry.rules === null ? undefined : unpackRules(entry.rules);
  const wanted = containers.flatMap(secretsOf);
  const [sources, images] = await Promise.all([
    readSources(
      [...wanted.map(({ valueFrom }) => valueFrom), ...declaredSecrets(rules, entry).map(({ arn }) => arn)],
      tools.signal,
    ),
    lookAtImages(release.containers),
  ]);
  const ours = containers.find(({ name }) => name === release.container) ?? {};
  const findings: Finding[] = [
    found('revision', judgeStatus(release)),
    ...images,
    ...judgeSources(wanted, sources).map((judged) => found(judged.source, judged)),
    ...declaredSecrets(rules, entry).map(({ name, arn, fields }) =>
      found(`declared secret (${name})`, judgeDeclaredSecret(sourceAt(arn, sources), fields)),
    ),
    ...judgeEnvironment(rules, taskEnvironment(ours, sources), ours.environmentFiles?.length ?? 0).map(
      (judged) => found(judged.check, judged),
    ),
  ];
  const result = examined(`service/${target.name}`, findings, at);
  await auditChecks(run.id, tools, result.checks);
  return result;
}

async function containersOf(taskDefinition: string): Promise<ContainerDefinition[]> {
  const described = await describeRelease(taskDefinition);
  if (described?.taskDefinition !== undefined) return described.taskDefinition.containerDefinitions ?? [];
  throw new PreconditionFailed(
    `${short(taskDefinition)} has been deleted while it was looked at. Nothing was changed. Name another revision.`,
    { taskDefinition },
  );
}

function judgeStatus({ taskDefinition, status }: Release): Judgement {
  const expected = 'must be ACTIVE: ECS releases no other';
  return {
    verdict: status === 'ACTIVE' ? 'pass' : 'fail',
    observed: `${short(taskDefinition)} is ${status}${status === 'ACTIVE' ? '' : ': it has been deregistered'}`,
    expected,
  };
}

function declaredSecrets(rules: PreflightRules | undefined, { secretArns }: PreflightEntry) {
  return Object.entries(rules?.secrets ?? {}).map(([name, fields]) => ({
    name,
    fields,
    arn: secretArns[name] ?? '',
  }));
}

const sourceAt = (arn: string, sources: Sources) => sources.get(sourceOf({ kind: 'secret', arn }));
