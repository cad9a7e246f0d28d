import type { Deployment, EcsService, ServiceDeployment } from './ecs-model.ts';
import type { Task } from './task.ts';

const tasksOf = (service: EcsService, deployment: Deployment) =>
  service.tasks.filter(({ deploymentId, isStopped }) => deploymentId === deployment.id && !isStopped);
const running = (tasks: Task[]) => tasks.filter(({ status }) => status === 'RUNNING').length;
const pending = (tasks: Task[]) =>
  tasks.filter(({ status }) => status === 'PROVISIONING' || status === 'PENDING').length;

const showDeployment = (service: EcsService) => (deployment: Deployment) => ({
  id: deployment.id,
  status: deployment.status,
  taskDefinition: deployment.taskDefinition.arn,
  desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : 0,
  runningCount: running(tasksOf(service, deployment)),
  pendingCount: pending(tasksOf(service, deployment)),
  failedTasks: deployment.failedTasks,
  createdAt: new Date(deployment.createdAt),
  updatedAt: new Date(deployment.updatedAt),
  rolloutState: deployment.rolloutState,
  rolloutStateReason: deployment.rolloutStateReason,
  launchType: 'FARGATE',
});

/** The service as `Service`. */
export const showService = (service: EcsService, include: string[] = []) => {
  const live = service.tasks.filter(({ isStopped }) => !isStopped);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: 'ACTIVE',
    desiredCount: service.desiredCount,
    runningCount: running(live),
    pendingCount: pending(live),
    launchType: 'FARGATE',
    taskDefinition: service.deployments[0]?.taskDefinition.arn,
    deploymentConfiguration: {
      deploymentCircuitBreaker: service.circuitBreaker,
      maximumPercent: service.maximumPercent,
      minimumHealthyPercent: service.minimumHealthyPercent,
    },
    deployments: service.deployments.map(showDeployment(service)),
    deploymentController: { type: service.controller },
    loadBalancers: service.targetGroups,
    networkConfiguration: service.network,
    platformVersion: service.platformVersion ?? 'LATEST',
    events: service.events,
    createdAt: new Date(service.createdAt),
    healthCheckGracePeriodSeconds: service.graceSeconds,
    currentServiceDeployment: service.serviceDeployments.find(({ status }) =>
      ['IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'].includes(status),
    )?.arn,
    ...(include.includes('TAGS') ? { tags: service.tags } : {}),
  };
};

/** As `ServiceDeployment`. */
export const showRecord = (service: EcsService, record: ServiceDeployment) => ({
  serviceDeploymentArn: record.arn,
  serviceArn: service.arn,
  clusterArn: service.clusterArn,
  status: record.status,
  statusReason: record.statusReason,
  createdAt: new Date(record.createdAt),
  startedAt: new Date(record.createdAt),
  updatedAt: new Date(record.updatedAt),
  ...(record.finishedAt === undefined ? {} : { finishedAt: new Date(record.finishedAt) }),
  sourceServiceRevisions: record.sourceRevisions.map((arn) => ({ arn })),
  targetServiceRevision: { arn: record.targetRevision },
  ...(record.rollback
    ? {
        rollback: {
          reason: record.rollback.reason,
          startedAt: new Date(record.rollback.startedAt),
          serviceRevisionArn: record.rollback.serviceRevisionArn,
        },
      }
    : {}),
});
