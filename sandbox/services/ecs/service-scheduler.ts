import { randomInt, randomUUID } from 'node:crypto';
import type { Machine } from '../../contract.ts';
import {
  circuitBreakerThreshold,
  isSteady,
  restartPause,
  schedule,
  type TaskCounts,
} from './deployment-decision.ts';
import { deploymentEvent, serviceActionEvent, taskEvent } from './ecs-event.ts';
import type { Deployment, EcsService, ServiceDeployment } from './ecs-model.ts';
import { Task } from './task.ts';
import type { TaskDefinition } from './task-definitions.ts';

/** How often the scheduler looks, in real milliseconds. */
const TICK_REAL_MILLISECONDS = 100;
const EVENTS_KEPT = 100;
/** After this many failures in a row ECS says that the service cannot start tasks consistently. */
const IMPAIRED_AFTER = 3;
const STOPPED_TASKS_KEPT = 50;

/** Runs the tasks of services as ECS's rolling deployments do. */
export class ServiceScheduler {
  readonly #machine: Machine;
  readonly #stop: () => void;

  constructor(machine: Machine, services: () => Iterable<EcsService>) {
    this.#machine = machine;
    const ticks = setInterval(() => {
      for (const service of services()) this.#tick(service);
    }, TICK_REAL_MILLISECONDS).unref();
    this.#stop = () => clearInterval(ticks);
  }

  close(): void {
    this.#stop();
  }

  /** Begins a deployment of a task definition; the ones before it become ACTIVE until their tasks are gone. */
  deploy(service: EcsService, taskDefinition: TaskDefinition, announcement?: string): Deployment {
    const now = this.#machine.clock.now();
    const suffix = String(randomInt(10 ** 9, 10 ** 10)) + String(randomInt(10 ** 8, 10 ** 9));
    const reason = announcement ?? `ECS deployment ecs-svc/${suffix} in progress.`;
    const path = `${service.clusterName}/${service.name}`;
    const imageDigests = Object.fromEntries(
      taskDefinition.definition.containerDefinitions.flatMap((container: { name: string; image: string }) => {
        const digest = this.#machine.images.get(container.image)?.digest;
        return digest === undefined ? [] : [[container.name, digest]];
      }),
    );
    const revision = {
      arn: this.#machine.arn('ecs', `service-revision/${path}/${suffix}`),
      taskDefinition,
      imageDigests,
      createdAt: now,
    };
    service.revisions.unshift(revision);
    const before = service.deployments[0];
    const running = service.serviceDeployments[0];
    if (running && (running.status === 'IN_PROGRESS' || running.status === 'PENDING'))
      Object.assign(running, {
        status: 'STOPPED',
        statusReason: 'Superseded by a newer deployment.',
        finishedAt: now,
        updatedAt: now,
      });
    const record: ServiceDeployment = {
      arn: this.#machine.arn(
        'ecs',
        `service-deployment/${path}/${randomUUID().replaceAll('-', '').slice(0, 21)}`,
      ),
      status: 'IN_PROGRESS',
      statusReason: '',
      sourceRevisions: before ? [before.serviceRevisionArn] : [],
      targetRevision: revision.arn,
      createdAt: now,
      updatedAt: now,
    };
    service.serviceDeployments.unshift(record);
    const deployment: Deployment = {
      id: `ecs-svc/${suffix}`,
      taskDefinition,
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: reason,
      createdAt: now,
      updatedAt: now,
      failedTasks: 0,
      failuresInARow: 0,
      nextStartAt: 0,
      impairedAnnounced: false,
      serviceDeploymentArn: record.arn,
      serviceRevisionArn: revision.arn,
      imageDigests,
    };
    for (const older of service.deployments) older.status = 'ACTIVE';
    service.deployments.unshift(deployment);
    service.steady = false;
    deploymentEvent(this.#machine, service.arn, 'SERVICE_DEPLOYMENT_IN_PROGRESS', deployment.id, reason);
    return deployment;
  }

  /** Stops the deployment in progress and returns to the revision that was completed before it. */
  rollBack(service: EcsService, reason: string, by = 'ECS deployment'): boolean {
    const [failed] = service.deployments;
    const record = service.serviceDeployments[0];
    const good = service.serviceDeployments.find(
      ({ status, targetRevision }) =>
        (status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL') &&
        targetRevision !== record?.targetRevision,
    );
    const revision = service.revisions.find(
      ({ arn }) => arn === (good?.rollback?.serviceRevisionArn ?? good?.targetRevision),
    );
    if (!failed || !record || !revision) return false;
    const now = this.#machine.clock.now();
    failed.rolloutState = 'FAILED';
    failed.rolloutStateReason = reason;
    deploymentEvent(this.#machine, service.arn, 'SERVICE_DEPLOYMENT_FAILED', failed.id, reason);
    // A deployment and the revision that it makes share their number.
    const goal = `ecs-svc/${revision.arn.split('/').at(-1)}`;
    const announcement = `${by}: rolling back to deploymentId ${goal}.`;
    const deployment = this.deploy(service, revision.taskDefinition, announcement);
    // ECS books the way back under the service deployment that it undoes.
    service.serviceDeployments.shift();
    Object.assign(record, {
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: reason,
      updatedAt: now,
      rollback: { reason, startedAt: now, serviceRevisionArn: revision.arn },
    });
    delete record.finishedAt;
    Object.assign(deployment, { serviceDeploymentArn: record.arn });
    return true;
  }

  #tick(service: EcsService): void {
    const [primary, ...older] = service.deployments;
    if (!primary) return;
    this.#replaceUnhealthy(service, primary);
    const live = service.tasks.filter(
      (task) => !task.isStopped && !['DEACTIVATING', 'STOPPING'].includes(task.status),
    );
    const own = live.filter(({ deploymentId }) => deploymentId === primary.id);
    const others = live.filter(({ deploymentId }) => deploymentId !== primary.id);
    const counts = (tasks: Task[]): TaskCounts => ({
      total: tasks.length,
      healthy: tasks.filter((task) => this.#isHealthy(service, task)).length,
    });
    const plan = schedule({
      desired: service.desiredCount,
      minimumHealthyPercent: service.minimumHealthyPercent,
      maximumPercent: service.maximumPercent,
      primary: counts(own),
      old: counts(others),
    });
    const now = this.#machine.clock.now();
    if (primary.rolloutState !== 'FAILED' && now >= primary.nextStartAt)
      for (let index = 0; index < plan.start; index += 1) this.#startTask(service, primary);
    const unhealthyFirst = (left: Task, right: Task) =>
      Number(this.#isHealthy(service, left)) - Number(this.#isHealthy(service, right));
    const leaving = [
      ...others.toSorted(unhealthyFirst).slice(0, plan.stopOld),
      ...own.toSorted(unhealthyFirst).slice(0, plan.stopNew),
    ];
    for (const task of leaving)
      void task.stop(
        'ServiceSchedulerInitiated',
        `Scaling activity initiated by deployment ${task.deploymentId}`,
      );
    // ECS counts failures until a task runs well.
    if (counts(own).healthy > 0) Object.assign(primary, { failuresInARow: 0, failedTasks: 0 });
    const gone = service.tasks.every((task) => task.deploymentId === primary.id || task.isStopped);
    if (gone && older.length > 0 && counts(own).healthy === service.desiredCount)
      service.deployments = [primary];
    if (
      isSteady({
        desired: service.desiredCount,
        primary: counts(own),
        old: { total: gone ? 0 : 1, healthy: 0 },
      })
    )
      this.#becomeSteady(service, primary);
    else service.steady = false;
  }

  #isHealthy(service: EcsService, task: Task): boolean {
    if (task.status !== 'RUNNING') return false;
    return service.targetGroups.length === 0 || task.target?.health() === 'healthy';
  }

  #startTask(service: EcsService, deployment: Deployment): void {
    const launch = {
      cluster: service.clusterName,
      group: `service:${service.name}`,
      startedBy: deployment.id,
    };
    const task = new Task(this.#machine, deployment.taskDefinition, launch, (changed) =>
      this.#taskChanged(service, deployment, changed),
    );
    service.tasks.unshift(task);
    for (const old of service.tasks.filter(({ isStopped }) => isStopped).slice(STOPPED_TASKS_KEPT))
      service.tasks.splice(service.tasks.indexOf(old), 1);
    this.note(service, `(service ${service.name}) has started 1 tasks: (task ${task.id}).`);
    void task.start(service.targetGroups[0]?.targetGroupArn);
  }

  #taskChanged(service: EcsService, deployment: Deployment, task: Task): void {
    taskEvent(this.#machine, task);
    const failed =
      task.isStopped &&
      ['EssentialContainerExited', 'TaskFailedToStart', 'ServiceHealthCheckFailed'].includes(task.stopCode);
    if (failed) this.#taskFailed(service, deployment, task);
  }

  #taskFailed(service: EcsService, deployment: Deployment, task: Task): void {
    deployment.failedTasks += 1;
    deployment.failuresInARow += 1;
    deployment.updatedAt = this.#machine.clock.now();
    deployment.nextStartAt = this.#machine.clock.now() + restartPause(deployment.failuresInARow);
    this.note(service, `(service ${service.name}) (task ${task.id}) failed: ${task.stoppedReason}`);
    if (deployment.failuresInARow >= IMPAIRED_AFTER && !deployment.impairedAnnounced) {
      deployment.impairedAnnounced = true;
      this.note(service, `(service ${service.name}) is unable to consistently start tasks successfully.`);
      serviceActionEvent(this.#machine, service.arn, service.clusterArn, 'SERVICE_TASK_START_IMPAIRED');
    }
    if (
      !service.circuitBreaker.enable ||
      deployment.rolloutState !== 'IN_PROGRESS' ||
      deployment.status !== 'PRIMARY'
    )
      return;
    if (deployment.failedTasks < circuitBreakerThreshold(service.desiredCount)) return;
    const by = 'ECS deployment circuit breaker';
    const reason = `${by}: tasks failed to start.`;
    if (service.circuitBreaker.rollback && this.rollBack(service, reason, by)) return;
    deployment.rolloutState = 'FAILED';
    deployment.rolloutStateReason = reason;
    const record = service.serviceDeployments.find(({ arn }) => arn === deployment.serviceDeploymentArn);
    if (record)
      Object.assign(record, {
        status: 'STOPPED',
        statusReason: reason,
        finishedAt: this.#machine.clock.now(),
      });
    deploymentEvent(this.#machine, service.arn, 'SERVICE_DEPLOYMENT_FAILED', deployment.id, reason);
  }

  /** ECS stops a task that fails its load balancer's health check once its grace period is over. */
  #replaceUnhealthy(service: EcsService, primary: Deployment): void {
    for (const task of service.tasks) {
      if (task.status !== 'RUNNING' || task.target?.health() !== 'unhealthy') continue;
      if (this.#machine.clock.now() - (task.startedAt ?? 0) < service.graceSeconds * 1000) continue;
      // An unhealthy task of the current release is stopped only when there is something healthy, or it never was.
      if (
        task.deploymentId !== primary.id &&
        service.tasks.every((other) => !this.#isHealthy(service, other))
      )
        continue;
      this.note(
        service,
        `(service ${service.name}) (task ${task.id}) is unhealthy in target-group due to (reason Health checks failed).`,
      );
      void task.stop('ServiceHealthCheckFailed', 'Task failed ELB health checks');
    }
  }

  #becomeSteady(service: EcsService, primary: Deployment): void {
    const now = this.#machine.clock.now();
    if (primary.rolloutState === 'IN_PROGRESS') {
      primary.rolloutState = 'COMPLETED';
      primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
      primary.updatedAt = now;
      const record = service.serviceDeployments.find(({ arn }) => arn === primary.serviceDeploymentArn);
      if (record)
        Object.assign(record, {
          status: record.rollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
          finishedAt: now,
          updatedAt: now,
        });
      this.note(service, `(service ${service.name}) (deployment ${primary.id}) deployment completed.`);
      deploymentEvent(
        this.#machine,
        service.arn,
        'SERVICE_DEPLOYMENT_COMPLETED',
        primary.id,
        primary.rolloutStateReason,
      );
    }
    if (service.steady) return;
    service.steady = true;
    this.note(service, `(service ${service.name}) has reached a steady state.`);
    serviceActionEvent(this.#machine, service.arn, service.clusterArn, 'SERVICE_STEADY_STATE');
  }

  note(service: EcsService, message: string): void {
    service.events.unshift({ id: randomUUID(), createdAt: new Date(this.#machine.clock.now()), message });
    service.events.length = Math.min(service.events.length, EVENTS_KEPT);
  }
}
