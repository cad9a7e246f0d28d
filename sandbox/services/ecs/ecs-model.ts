import type { Task } from './task.ts';
import type { TaskDefinition } from './task-definitions.ts';

/** A deployment as DescribeServices shows it. */
export interface Deployment {
  readonly id: string;
  readonly taskDefinition: TaskDefinition;
  status: 'PRIMARY' | 'ACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  readonly createdAt: number;
  updatedAt: number;
  failedTasks: number;
  /** Failures since a task last became healthy: slows restarts down. */
  failuresInARow: number;
  nextStartAt: number;
  impairedAnnounced: boolean;
  readonly serviceDeploymentArn: string;
  readonly serviceRevisionArn: string;
  readonly imageDigests: Readonly<Record<string, string>>;
}

/** A service deployment as DescribeServiceDeployments shows it. */
export interface ServiceDeployment {
  readonly arn: string;
  status:
    | 'PENDING'
    | 'IN_PROGRESS'
    | 'SUCCESSFUL'
    | 'STOPPED'
    | 'STOP_REQUESTED'
    | 'ROLLBACK_REQUESTED'
    | 'ROLLBACK_IN_PROGRESS'
    | 'ROLLBACK_SUCCESSFUL'
    | 'ROLLBACK_FAILED';
  statusReason: string;
  readonly sourceRevisions: readonly string[];
  readonly targetRevision: string;
  readonly createdAt: number;
  updatedAt: number;
  finishedAt?: number;
  /** Where a rollback returns to. */
  rollback?: { reason: string; startedAt: number; serviceRevisionArn: string };
}

export interface ServiceRevision {
  readonly arn: string;
  readonly taskDefinition: TaskDefinition;
  readonly imageDigests: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface EcsService {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly createdAt: number;
  readonly targetGroups: ReadonlyArray<{
    targetGroupArn: string;
    containerName: string;
    containerPort: number;
  }>;
  readonly graceSeconds: number;
  /** As the template has it; tasks of the sandbox need none. */
  readonly network?: unknown;
  readonly platformVersion?: string | undefined;
  readonly tags: ReadonlyArray<{ key: string; value: string }>;
  desiredCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  circuitBreaker: { enable: boolean; rollback: boolean };
  /** Newest first; the first is PRIMARY. */
  deployments: Deployment[];
  readonly serviceDeployments: ServiceDeployment[];
  readonly revisions: ServiceRevision[];
  readonly tasks: Task[];
  readonly events: Array<{ id: string; createdAt: Date; message: string }>;
  steady: boolean;
}

/** A task that RunTask has started. */
export interface SingleTask {
  readonly cluster: string;
  readonly task: Task;
}
