import type { Machine } from '../../contract.ts';
import type { Task } from './task.ts';

/** The task as `Task`. The sandbox runs its first essential container, and shows that one. */
export function showTask(machine: Machine, task: Task) {
  const { launch, definition, container, startedAt, stoppingAt } = task;
  const taskArn = machine.arn('ecs', `task/${launch.cluster}/${task.id}`);
  const ending = task.isStopped || task.status === 'DEPROVISIONING';
  const { cpu, memory } = definition.definition;
  return {
    taskArn,
    clusterArn: machine.arn('ecs', `cluster/${launch.cluster}`),
    taskDefinitionArn: definition.arn,
    group: launch.group,
    startedBy: launch.startedBy,
    launchType: 'FARGATE',
    platformVersion: launch.platformVersion,
    enableExecuteCommand: launch.enableExecuteCommand,
    cpu,
    memory,
    version: task.version,
    lastStatus: task.status,
    desiredStatus: task.desiredStatus,
    createdAt: new Date(task.createdAt),
    ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt) }),
    ...(stoppingAt === undefined ? {} : { stoppingAt: new Date(stoppingAt) }),
    ...(ending ? { stoppedReason: task.stoppedReason, stopCode: task.stopCode } : {}),
    ...(task.isStopped ? { stoppedAt: new Date(task.stoppedAt ?? 0) } : {}),
    attachments: (launch.network?.awsvpcConfiguration?.subnets ?? []).slice(0, 1).map((subnet) => ({
      id: task.id,
      type: 'ElasticNetworkInterface',
      status: statusOfInterface(task),
      details: [{ name: 'subnetId', value: subnet }],
    })),
    overrides: { containerOverrides: [], ...launch.overrides },
    containers: [
      {
        containerArn: machine.arn('ecs', `container/${launch.cluster}/${task.id}/${container.name}`),
        taskArn,
        name: container.name,
        image: container.image,
        imageDigest: task.imageDigest,
        lastStatus: statusOfContainer(task),
        exitCode: task.exitCode,
      },
    ],
  };
}

function statusOfContainer({ status }: Task): string {
  if (status === 'PROVISIONING' || status === 'PENDING') return 'PENDING';
  return status === 'DEPROVISIONING' || status === 'STOPPED' ? 'STOPPED' : 'RUNNING';
}

function statusOfInterface({ status }: Task): string {
  if (status === 'PROVISIONING') return 'PRECREATED';
  return status === 'STOPPED' ? 'DELETED' : 'ATTACHED';
}
