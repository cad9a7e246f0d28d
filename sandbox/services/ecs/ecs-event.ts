import type { Machine } from '../../contract.ts';
import { showTask } from './show-task.ts';
import type { Task } from './task.ts';

/** Severity as ECS gives it for each event name. */
const EVENT_TYPES: Record<string, 'INFO' | 'WARN' | 'ERROR'> = {
  SERVICE_DEPLOYMENT_IN_PROGRESS: 'INFO',
  SERVICE_DEPLOYMENT_COMPLETED: 'INFO',
  SERVICE_DEPLOYMENT_FAILED: 'ERROR',
  SERVICE_STEADY_STATE: 'INFO',
  SERVICE_TASK_START_IMPAIRED: 'WARN',
};

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html */
export function deploymentEvent(
  machine: Machine,
  serviceArn: string,
  eventName: string,
  deploymentId: string,
  reason: string,
): void {
  machine.engines.putEvent({
    source: 'aws.ecs',
    detailType: 'ECS Deployment State Change',
    resources: [serviceArn],
    detail: {
      eventType: EVENT_TYPES[eventName],
      eventName,
      deploymentId,
      updatedAt: new Date(machine.clock.now()).toISOString(),
      reason,
    },
  });
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html */
export function serviceActionEvent(
  machine: Machine,
  serviceArn: string,
  clusterArn: string,
  eventName: string,
): void {
  machine.engines.putEvent({
    source: 'aws.ecs',
    detailType: 'ECS Service Action',
    resources: [serviceArn],
    detail: {
      eventType: EVENT_TYPES[eventName],
      eventName,
      clusterArn,
      createdAt: new Date(machine.clock.now()).toISOString(),
    },
  });
}

/**
 * What ECS tells whenever a task changes its state: much the same as DescribeTasks shows.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function taskEvent(machine: Machine, task: Task): void {
  const { attachments, taskArn, ...shown } = showTask(machine, task);
  const detail = {
    ...shown,
    taskArn,
    attachments: attachments.map((attachment) => ({ ...attachment, type: 'eni' })),
    updatedAt: new Date(machine.clock.now()),
    version: task.version,
  };
  machine.engines.putEvent({
    source: 'aws.ecs',
    detailType: 'ECS Task State Change',
    resources: [taskArn],
    // Times are text in events.
    detail: JSON.parse(JSON.stringify(detail)),
  });
}
