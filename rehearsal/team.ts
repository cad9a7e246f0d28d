import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { REVERSIBLE_MIGRATIONS_TAG, SUPPORTED_MIGRATIONS_TAG } from '../schemas/names.ts';
import type { Clients } from './clients.ts';
import { MIGRATION_HEAD } from './demo-api/migrations.ts';
import { DEMO } from './demo-names.ts';
import { imageOf } from './images.ts';

/** What a team does around its service: release, look, be paged. */
export class Team {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async service(): Promise<Service> {
    const { services = [] } = await this.#clients.ecs.send(
      new DescribeServicesCommand({ cluster: DEMO.cluster, services: [DEMO.service] }),
    );
    if (!services[0]) throw new Error('The demonstration service is gone.');
    return services[0];
  }

  /** `api:3`, what the service's primary deployment runs. */
  async running(): Promise<string> {
    return (
      (await this.service()).deployments
        ?.find(({ status }) => status === 'PRIMARY')
        ?.taskDefinition?.split('/')
        .at(-1) ?? ''
    );
  }

  /** Registers a new revision and updates the service, as a pipeline does. Returns the revision, `api:4`. */
  async release(change: {
    tag?: string;
    environment?: Record<string, string>;
    supports?: string;
    /** Migrations that it declares to be able to take back. */
    reverses?: string;
  }): Promise<string> {
    const current = (await this.service()).taskDefinition;
    const { taskDefinition } = await this.#clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: current, include: ['TAGS'] }),
    );
    const containers = (taskDefinition?.containerDefinitions ?? []).map((container) => ({
      ...container,
      ...(change.tag === undefined ? {} : { image: imageOf(change.tag) }),
      environment: (container.environment ?? []).map(({ name, value }) => ({
        name,
        value: change.environment?.[name ?? ''] ?? value,
      })),
    }));
    const registered = await this.#clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: taskDefinition?.family ?? DEMO.family,
        containerDefinitions: containers,
        cpu: taskDefinition?.cpu,
        memory: taskDefinition?.memory,
        networkMode: taskDefinition?.networkMode,
        requiresCompatibilities: taskDefinition?.requiresCompatibilities,
        executionRoleArn: taskDefinition?.executionRoleArn,
        taskRoleArn: taskDefinition?.taskRoleArn,
        tags: [
          { key: SUPPORTED_MIGRATIONS_TAG, value: change.supports ?? MIGRATION_HEAD },
          ...(change.reverses === undefined
            ? []
            : [{ key: REVERSIBLE_MIGRATIONS_TAG, value: change.reverses }]),
        ],
      }),
    );
    const arn = registered.taskDefinition?.taskDefinitionArn ?? '';
    await this.#clients.ecs.send(
      new UpdateServiceCommand({ cluster: DEMO.cluster, service: DEMO.service, taskDefinition: arn }),
    );
    return arn.split('/').at(-1) ?? '';
  }

  /** Whether the service's one deployment is completed with all its tasks. */
  async isSettled(revision: string): Promise<boolean> {
    const { deployments = [], runningCount, desiredCount } = await this.service();
    return (
      deployments.length === 1 &&
      deployments[0]?.rolloutState === 'COMPLETED' &&
      deployments[0].taskDefinition?.endsWith(`/${revision}`) === true &&
      runningCount === desiredCount
    );
  }

  /** Names of the alarms that are red. */
  async redAlarms(): Promise<string[]> {
    const { MetricAlarms = [] } = await this.#clients.cloudwatch.send(
      new DescribeAlarmsCommand({ StateValue: 'ALARM' }),
    );
    return MetricAlarms.map(({ AlarmName = '' }) => AlarmName);
  }

  /** How many revisions the recorder has recorded as good. */
  async recordings(): Promise<number> {
    const { stateMachines = [] } = await this.#clients.states.send(new ListStateMachinesCommand({}));
    const arn = stateMachines.find(({ name }) => name?.endsWith('-record-good-revision'))?.stateMachineArn;
    const { executions = [] } = await this.#clients.states.send(
      new ListExecutionsCommand({ stateMachineArn: arn, statusFilter: 'SUCCEEDED' }),
    );
    const outputs = await Promise.all(
      executions.map(async ({ executionArn }) => {
        const { output } = await this.#clients.states.send(new DescribeExecutionCommand({ executionArn }));
        return JSON.parse(output ?? '{}') as { recorded?: boolean };
      }),
    );
    return outputs.filter(({ recorded }) => recorded).length;
  }

  /** Subjects of the pages that came so far; each is taken once. */
  async takePages(): Promise<string[]> {
    const { QueueUrl } = await this.#clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'pager' }));
    const { Messages = [] } = await this.#clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
    );
    return Messages.map(({ Body = '{}' }) =>
      String((JSON.parse(Body) as { Subject?: string }).Subject ?? ''),
    );
  }
}
