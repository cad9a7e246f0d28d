import * as sdk from '@aws-sdk/client-ecs';
import { AwsError, type Machine, type Operation, type Resource, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import type { Deployment, EcsService, ServiceDeployment } from './ecs-model.ts';
import { fromCloudFormation } from './from-cloudformation.ts';
import { ServiceScheduler } from './service-scheduler.ts';
import { Task } from './task.ts';
import { TaskDefinitions } from './task-definitions.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the members of the API, validated by the wire.
type Any = any;

const MOST_SERVICES_PER_CALL = 10;
/** How long a stack waits for a service to become steady, in sandbox milliseconds. */
const STABILIZE_MILLISECONDS = 1_800_000;

/** Elastic Container Service: task definitions, services whose tasks are real processes, deployments. */
export function createEcsService(machine: Machine): Service {
  const definitions = new TaskDefinitions(machine);
  const clusters = new Map<string, string>();
  const services = new Map<string, EcsService>();
  const oneOff: Array<{ cluster: string; task: Task }> = [];
  const scheduler = new ServiceScheduler(machine, () => services.values());

  const nameOf = (id: string) => id.split('/').at(-1) as string;
  const clusterName = (id: string | undefined) => nameOf(id ?? 'default');
  const clusterArn = (id: string | undefined) => machine.arn('ecs', `cluster/${clusterName(id)}`);
  const key = (cluster: string | undefined, service: string) => `${clusterName(cluster)}/${nameOf(service)}`;
  const serviceArn = (cluster: string | undefined, service: string) =>
    machine.arn('ecs', `service/${key(cluster, service)}`);

  function requireCluster(id: string | undefined): string {
    const name = clusterName(id);
    if (!clusters.has(name)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return name;
  }
  function find(cluster: string | undefined, service: string): EcsService {
    requireCluster(cluster);
    const found = services.get(key(cluster, service));
    if (!found) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return found;
  }
  function ofDeployment(arn: string): { service: EcsService; record: ServiceDeployment } {
    for (const service of services.values()) {
      const record = service.serviceDeployments.find((one) => one.arn === arn);
      if (record) return { service, record };
    }
    throw new AwsError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
  }

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
  const showService = (service: EcsService, include: string[] = []) => {
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
      events: service.events,
      createdAt: new Date(service.createdAt),
      healthCheckGracePeriodSeconds: service.graceSeconds,
      currentServiceDeployment: service.serviceDeployments.find(({ status }) =>
        ['IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'].includes(status),
      )?.arn,
      ...(include.includes('TAGS') ? { tags: service.tags } : {}),
    };
  };
  const showTask = (cluster: string, task: Task) => ({
    taskArn: machine.arn('ecs', `task/${cluster}/${task.id}`),
    clusterArn: clusterArn(cluster),
    taskDefinitionArn: task.definition.arn,
    lastStatus: task.status,
    desiredStatus:
      task.isStopped || task.status === 'STOPPING' || task.status === 'DEACTIVATING' ? 'STOPPED' : 'RUNNING',
    startedBy: task.deploymentId,
    createdAt: new Date(task.createdAt),
    ...(task.startedAt === undefined ? {} : { startedAt: new Date(task.startedAt) }),
    ...(task.isStopped
      ? {
          stoppedAt: new Date(task.stoppedAt ?? 0),
          stoppedReason: task.stoppedReason,
          stopCode: task.stopCode,
        }
      : {}),
    containers: [
      {
        name: task.container.name,
        image: task.container.image,
        imageDigest: task.imageDigest,
        lastStatus: task.isStopped ? 'STOPPED' : task.status === 'RUNNING' ? 'RUNNING' : 'PENDING',
        exitCode: task.exitCode,
      },
    ],
  });
  const showRecord = (service: EcsService, record: ServiceDeployment) => ({
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
  const allTasks = () => [
    ...[...services.values()].flatMap((service) =>
      service.tasks.map((task) => ({ cluster: service.clusterName, service: service.name, task })),
    ),
    ...oneOff.map((one) => ({ ...one, service: undefined })),
  ];
  const inCluster = (action: string, cluster: string | undefined, resource: string) => [
    { action: `ecs:${action}`, resource, conditions: { 'ecs:cluster': clusterArn(cluster) } },
  ];
  const anywhere = (action: string) => () => [{ action: `ecs:${action}`, resource: '*' }];

  const operations: Record<string, Operation> = {
    RegisterTaskDefinition: {
      permissions: (input) => [
        {
          action: 'ecs:RegisterTaskDefinition',
          resource: machine.arn('ecs', `task-definition/${input.family}:*`),
        },
      ],
      handle(input) {
        const { tags, ...definition } = input;
        const registered = definitions.register(definition, tags);
        return { taskDefinition: definitions.show(registered), tags };
      },
    },
    DescribeTaskDefinition: {
      permissions: anywhere('DescribeTaskDefinition'),
      handle(input) {
        const found = definitions.find(input.taskDefinition);
        return {
          taskDefinition: definitions.show(found),
          ...(input.include?.includes('TAGS') ? { tags: found.tags } : {}),
        };
      },
    },
    ListTaskDefinitions: {
      permissions: anywhere('ListTaskDefinitions'),
      handle(input) {
        const { page, nextToken } = paginate(
          definitions.list(input.familyPrefix),
          input.nextToken,
          input.maxResults ?? 100,
        );
        return { taskDefinitionArns: page.map(({ arn }) => arn), nextToken };
      },
    },
    DeregisterTaskDefinition: {
      permissions: anywhere('DeregisterTaskDefinition'),
      handle: (input) => ({ taskDefinition: definitions.show(definitions.deregister(input.taskDefinition)) }),
    },
    DescribeClusters: {
      permissions: (input) =>
        (input.clusters ?? ['default']).map((cluster: string) => ({
          action: 'ecs:DescribeClusters',
          resource: clusterArn(cluster),
        })),
      handle(input) {
        const names: string[] = (input.clusters ?? ['default']).map(clusterName);
        return {
          clusters: names
            .filter((name) => clusters.has(name))
            .map((name) => ({
              clusterArn: clusterArn(name),
              clusterName: name,
              status: 'ACTIVE',
              activeServicesCount: [...services.values()].filter((service) => service.clusterName === name)
                .length,
            })),
          failures: names
            .filter((name) => !clusters.has(name))
            .map((name) => ({ arn: clusterArn(name), reason: 'MISSING' })),
        };
      },
    },
    ListClusters: {
      permissions: anywhere('ListClusters'),
      handle: () => ({ clusterArns: [...clusters.keys()].map((name) => clusterArn(name)) }),
    },
    DescribeServices: {
      permissions: (input) =>
        input.services.flatMap((name: string) =>
          inCluster('DescribeServices', input.cluster, serviceArn(input.cluster, name)),
        ),
      handle(input) {
        requireCluster(input.cluster);
        if (input.services.length > MOST_SERVICES_PER_CALL)
          throw new AwsError('InvalidParameterException', 'Service list cannot have more than 10 elements.');
        const found = input.services.map((name: string) => services.get(key(input.cluster, name)));
        return {
          services: found.filter(Boolean).map((service: EcsService) => showService(service, input.include)),
          failures: input.services
            .filter((_: string, index: number) => !found[index])
            .map((name: string) => ({ arn: serviceArn(input.cluster, name), reason: 'MISSING' })),
        };
      },
    },
    ListServices: {
      permissions: (input) => inCluster('ListServices', input.cluster, '*'),
      handle(input) {
        const name = requireCluster(input.cluster);
        const { page, nextToken } = paginate(
          [...services.values()].filter((service) => service.clusterName === name),
          input.nextToken,
          input.maxResults ?? 10,
        );
        return { serviceArns: page.map(({ arn }) => arn), nextToken };
      },
    },
    UpdateService: {
      permissions: (input) =>
        inCluster('UpdateService', input.cluster, serviceArn(input.cluster, input.service)),
      handle(input) {
        const service = find(input.cluster, input.service);
        if (service.controller !== 'ECS' && (input.taskDefinition || input.forceNewDeployment)) {
          throw new AwsError(
            'InvalidParameterException',
            `Unable to update task definition on services with a ${service.controller} deployment controller. Use AWS CodeDeploy to trigger a new deployment.`,
          );
        }
        const wanted =
          input.taskDefinition === undefined
            ? service.deployments[0]?.taskDefinition
            : definitions.find(input.taskDefinition);
        if (wanted?.status !== 'ACTIVE') throw new AwsError('ClientException', 'TaskDefinition is inactive');
        if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
        const configuration = input.deploymentConfiguration;
        if (configuration?.minimumHealthyPercent !== undefined)
          service.minimumHealthyPercent = configuration.minimumHealthyPercent;
        if (configuration?.maximumPercent !== undefined)
          service.maximumPercent = configuration.maximumPercent;
        if (configuration?.deploymentCircuitBreaker)
          service.circuitBreaker = configuration.deploymentCircuitBreaker;
        if (wanted !== service.deployments[0]?.taskDefinition || input.forceNewDeployment)
          scheduler.deploy(service, wanted);
        return { service: showService(service) };
      },
    },
    ListServiceDeployments: {
      permissions: (input) =>
        inCluster('ListServiceDeployments', input.cluster, serviceArn(input.cluster, input.service)),
      handle(input) {
        const service = find(input.cluster, input.service);
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
          const { service, record } = ofDeployment(arn);
          return showRecord(service, record);
        });
        return { serviceDeployments: shown, failures: [] };
      },
    },
    StopServiceDeployment: {
      permissions: (input) => [{ action: 'ecs:StopServiceDeployment', resource: input.serviceDeploymentArn }],
      handle(input) {
        const { service, record } = ofDeployment(input.serviceDeploymentArn);
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
    ListTasks: {
      permissions: (input) => inCluster('ListTasks', input.cluster, '*'),
      handle(input) {
        const name = requireCluster(input.cluster);
        const stopped = input.desiredStatus === 'STOPPED';
        const found = allTasks().filter(
          ({ cluster, service, task }) =>
            cluster === name &&
            (input.serviceName === undefined || nameOf(input.serviceName) === service) &&
            task.isStopped === stopped,
        );
        const { page, nextToken } = paginate(found, input.nextToken, input.maxResults ?? 100);
        return {
          taskArns: page.map(({ cluster, task }) => machine.arn('ecs', `task/${cluster}/${task.id}`)),
          nextToken,
        };
      },
    },
    DescribeTasks: {
      permissions: (input) =>
        input.tasks.flatMap((task: string) =>
          inCluster(
            'DescribeTasks',
            input.cluster,
            machine.arn('ecs', `task/${clusterName(input.cluster)}/${nameOf(task)}`),
          ),
        ),
      handle(input) {
        requireCluster(input.cluster);
        const wanted = input.tasks.map(nameOf);
        const found = allTasks().filter(({ task }) => wanted.includes(task.id));
        return {
          tasks: found.map(({ cluster, task }) => showTask(cluster, task)),
          failures: wanted
            .filter((id: string) => !found.some(({ task }) => task.id === id))
            .map((id: string) => ({ arn: id, reason: 'MISSING' })),
        };
      },
    },
    RunTask: {
      permissions: (input) => inCluster('RunTask', input.cluster, definitions.find(input.taskDefinition).arn),
      handle(input) {
        const cluster = requireCluster(input.cluster);
        const definition = definitions.find(input.taskDefinition);
        const command = input.overrides?.containerOverrides?.[0]?.command;
        const task = new Task(
          machine,
          definition,
          input.startedBy ?? '',
          () => {},
          command ? { command } : {},
        );
        oneOff.push({ cluster, task });
        void task.start();
        return { tasks: [showTask(cluster, task)], failures: [] };
      },
    },
  };

  async function createService(resource: Resource) {
    refuseUnknown(resource, [
      'ServiceName',
      'Cluster',
      'TaskDefinition',
      'DesiredCount',
      'LaunchType',
      'NetworkConfiguration',
      'LoadBalancers',
      'DeploymentConfiguration',
      'DeploymentController',
      'HealthCheckGracePeriodSeconds',
      'EnableECSManagedTags',
      'EnableExecuteCommand',
      'PropagateTags',
      'PlatformVersion',
      'AvailabilityZoneRebalancing',
    ]);
    const properties = fromCloudFormation(resource.properties);
    const cluster = requireCluster(properties.cluster);
    const name = properties.serviceName ?? resource.physicalName(255);
    const configuration = properties.deploymentConfiguration ?? {};
    const service: EcsService = {
      name,
      arn: serviceArn(cluster, name),
      clusterArn: clusterArn(cluster),
      clusterName: cluster,
      controller: properties.deploymentController?.type ?? 'ECS',
      createdAt: machine.clock.now(),
      targetGroups: properties.loadBalancers ?? [],
      graceSeconds: properties.healthCheckGracePeriodSeconds ?? 0,
      tags: properties.tags ?? [],
      desiredCount: properties.desiredCount ?? 1,
      minimumHealthyPercent: configuration.minimumHealthyPercent ?? 100,
      maximumPercent: configuration.maximumPercent ?? 200,
      circuitBreaker: configuration.deploymentCircuitBreaker ?? { enable: false, rollback: false },
      deployments: [],
      serviceDeployments: [],
      revisions: [],
      tasks: [],
      events: [],
      steady: false,
    };
    services.set(`${cluster}/${name}`, service);
    scheduler.deploy(service, definitions.find(properties.taskDefinition));
    const deadline = machine.clock.now() + STABILIZE_MILLISECONDS;
    while (service.controller === 'ECS' && !service.steady) {
      if (machine.clock.now() > deadline)
        throw new Error(`the service did not become steady: ${service.events[0]?.message}`);
      await machine.clock.sleep(1000);
    }
    return { ref: service.arn, attributes: { Name: name, ServiceArn: service.arn } };
  }

  return {
    name: 'ecs',
    apis: [{ signingNames: ['ecs'], sdk, client: 'ECSClient', operations }],
    providers: [
      {
        type: 'AWS::ECS::Cluster',
        create(resource) {
          refuseUnknown(resource, ['ClusterName', 'ClusterSettings', 'CapacityProviders', 'Configuration']);
          const name = resource.properties.ClusterName ?? resource.physicalName(255);
          clusters.set(name, name);
          return { ref: name, attributes: { Arn: clusterArn(name) } };
        },
      },
      {
        type: 'AWS::ECS::TaskDefinition',
        create(resource) {
          const { tags, ...definition } = fromCloudFormation(resource.properties);
          const registered = definitions.register(
            { ...definition, family: definition.family ?? resource.physicalName(255) },
            tags,
          );
          return { ref: registered.arn, attributes: { TaskDefinitionArn: registered.arn } };
        },
      },
      { type: 'AWS::ECS::Service', create: createService },
    ],
    close() {
      scheduler.close();
      for (const { task } of allTasks()) task.kill();
    },
  };
}
