import { DescribeServiceRevisionsCommand, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { ecs } from './client.ts';

/** Digests of what runs, as ECS resolved them for the newest service revision of that task definition. */
export async function resolvedDigests(
  target: { cluster: string; service: string },
  taskDefinition: string,
): Promise<Record<string, string>> {
  const { serviceDeployments = [] } = await ecs().send(
    new ListServiceDeploymentsCommand({ cluster: target.cluster, service: target.service }),
  );
  const arns = serviceDeployments
    .map(({ targetServiceRevisionArn }) => targetServiceRevisionArn)
    .filter((arn) => arn !== undefined);
  if (arns.length === 0) return {};
  const { serviceRevisions = [] } = await ecs().send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(0, 20) }),
  );
  return digestsOf(
    serviceRevisions.find((revision) => revision.taskDefinition === taskDefinition)?.containerImages,
  );
}

export function digestsOf(
  images: ReadonlyArray<{ containerName?: string | undefined; imageDigest?: string | undefined }> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    (images ?? []).flatMap(({ containerName, imageDigest }) =>
      containerName && imageDigest ? [[containerName, imageDigest]] : [],
    ),
  );
}
