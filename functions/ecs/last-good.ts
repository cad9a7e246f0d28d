import { DescribeServiceRevisionsCommand, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { ecs } from './client.ts';
import { type GoodRevision, readGoodRevisions } from './good-revisions.ts';
import { digestsOf } from './image-digests.ts';
import { type DescribedRelease, describeRelease, whyUnusable } from './release.ts';
import type { LastGood } from './state.ts';

interface NamedService {
  readonly cluster: string;
  readonly service: string;
}

/** Revisions that were good, newest first, and where that is known from. */
export interface GoodCandidates {
  readonly basis: 'history' | 'last-completed-deployment';
  readonly candidates: readonly GoodRevision[];
  readonly warnings: readonly string[];
}

/** What was recorded as good; before any history exists, what ECS reports as completed. */
export async function goodCandidates(target: NamedService, controller: string): Promise<GoodCandidates> {
  const history = await readGoodRevisions(`${target.cluster}/${target.service}`);
  if (history.length > 0) return { basis: 'history', candidates: history, warnings: [] };
  return {
    basis: 'last-completed-deployment',
    // Other controllers have no service deployments.
    candidates: controller === 'ECS' ? await deployed(target, ['SUCCESSFUL']) : [],
    warnings: [
      'No release of this service has been recorded as good yet; this rests on what ECS reports as the last completed deployment.',
    ],
  };
}

/** The newest candidate that can still be deployed, and those before it that cannot. */
export interface UsableRevision {
  readonly found: { readonly candidate: GoodRevision; readonly described: DescribedRelease } | undefined;
  readonly rejected: LastGood['rejected'];
  readonly warnings: readonly string[];
}

/** @param running what runs now is not gone back to */
export async function firstUsable(
  candidates: readonly GoodRevision[],
  running: string | undefined,
): Promise<UsableRevision> {
  const rejected: LastGood['rejected'] = [];
  const warnings: string[] = [];
  for (const candidate of candidates) {
    if (candidate.revision === running) continue;
    const described = await describeRelease(candidate.revision);
    const why = await whyUnusable(described?.taskDefinition, candidate.imageDigests, warnings);
    if (described !== undefined && why === undefined)
      return { found: { candidate, described }, rejected, warnings };
    rejected.push({ taskDefinition: candidate.revision, why: why ?? '' });
  }
  return { found: undefined, rejected, warnings };
}

/** What the latest deployments of a service brought, newest first. */
export async function deployed(
  target: NamedService,
  status?: ReadonlyArray<'SUCCESSFUL'>,
): Promise<GoodRevision[]> {
  const { serviceDeployments = [] } = await ecs().send(
    new ListServiceDeploymentsCommand({
      cluster: target.cluster,
      service: target.service,
      ...(status === undefined ? {} : { status: [...status] }),
    }),
  );
  const arns = serviceDeployments
    .map(({ targetServiceRevisionArn }) => targetServiceRevisionArn)
    .filter((arn) => arn !== undefined);
  if (arns.length === 0) return [];
  const { serviceRevisions = [] } = await ecs().send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(0, 20) }),
  );
  return serviceDeployments.flatMap(({ targetServiceRevisionArn, finishedAt, serviceDeploymentArn }) => {
    const revision = serviceRevisions.find(
      ({ serviceRevisionArn }) => serviceRevisionArn === targetServiceRevisionArn,
    );
    if (revision?.taskDefinition === undefined) return [];
    return [
      {
        service: `${target.cluster}/${target.service}`,
        revision: revision.taskDefinition,
        goodAt: finishedAt?.toISOString() ?? '',
        deploymentId: serviceDeploymentArn ?? '',
        imageDigests: digestsOf(revision.containerImages),
      },
    ];
  });
}
