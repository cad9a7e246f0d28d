import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { type EcsAccount, inCluster } from './ecs-account.ts';
import { showRecord } from './show-service.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the members of the API, validated by the wire.
type Any = any;

/** The operations on service deployments and revisions. */
export function deploymentOperations(account: EcsAccount): Record<string, Operation> {
  const { services, scheduler, serviceArn } = account;
  return {
    ListServiceDeployments: {
      permissions: (input) => [
        inCluster(account, 'ListServiceDeployments', input.cluster, serviceArn(input.cluster, input.service)),
      ],
      handle(input) {
        const service = account.service(input.cluster, input.service);
        const wanted = service.serviceDeployments.filter(
          (record) =>
            (input.status?.includes(record.status) ?? true) &&
            record.createdAt >= (input.createdAt?.after?.getTime() ?? 0) &&
            record.createdAt <= (input.createdAt?.before?.getTime() ?? Number.POSITIVE_INFINITY),
        );
        const { page, nextToken } = paginate(wanted, input.nextToken, input.maxResults ?? 20);
        return {
          serviceDeployments: page.map((record) => {
            const shown = showRecord(service, record);
            return {
              serviceDeploymentArn: shown.serviceDeploymentArn,
              serviceArn: shown.serviceArn,
              clusterArn: shown.clusterArn,
              status: shown.status,
              statusReason: shown.statusReason,
              createdAt: shown.createdAt,
              startedAt: shown.startedAt,
              finishedAt: shown.finishedAt,
              targetServiceRevisionArn: record.targetRevision,
            };
          }),
          nextToken,
        };
      },
    },

    DescribeServiceDeployments: {
      permissions: (input) =>
        input.serviceDeploymentArns.map((arn: string) => ({
          action: 'ecs:DescribeServiceDeployments',
          resource: arn,
        })),
      handle(input) {
        const shown = input.serviceDeploymentArns.map((arn: string) => {
          const { service, record } = account.deployment(arn);
          return showRecord(service, record);
        });
        return { serviceDeployments: shown, failures: [] };
      },
    },

    StopServiceDeployment: {
      permissions: (input) => [{ action: 'ecs:StopServiceDeployment', resource: input.serviceDeploymentArn }],
      handle(input) {
        const { service, record } = account.deployment(input.serviceDeploymentArn);
        if (record.status !== 'IN_PROGRESS')
          throw new AwsError(
            'ConflictException',
            `The service deployment cannot be stopped: its status is ${record.status}.`,
          );
        if ((input.stopType ?? 'ROLLBACK') === 'ABORT')
          throw new AwsError(
            'UnsupportedFeatureException',
            'The sandbox stops deployments with ROLLBACK only.',
          );
        if (!scheduler.rollBack(service, 'Service deployment rolled back by StopServiceDeployment.')) {
          throw new AwsError('ConflictException', 'There is no service revision to roll back to.');
        }
        return { serviceDeploymentArn: record.arn };
      },
    },

    DescribeServiceRevisions: {
      permissions: (input) =>
        input.serviceRevisionArns.map((arn: string) => ({
          action: 'ecs:DescribeServiceRevisions',
          resource: arn,
        })),
      handle(input) {
        const all = [...services.values()].flatMap((service) =>
          service.revisions.map((revision) => ({ service, revision })),
        );
        const found = all.filter(({ revision }) => input.serviceRevisionArns.includes(revision.arn));
        return {
          serviceRevisions: found.map(({ service, revision }) => ({
            serviceRevisionArn: revision.arn,
            serviceArn: service.arn,
            clusterArn: service.clusterArn,
            taskDefinition: revision.taskDefinition.arn,
            createdAt: new Date(revision.createdAt),
            containerImages: revision.taskDefinition.definition.containerDefinitions.map(
              (container: Any) => ({
                containerName: container.name,
                image: container.image,
                imageDigest: revision.imageDigests[container.name],
              }),
            ),
          })),
          failures: input.serviceRevisionArns
            .filter((arn: string) => !found.some(({ revision }) => revision.arn === arn))
            .map((arn: string) => ({ arn, reason: 'MISSING' })),
        };
      },
    },
  };
}
