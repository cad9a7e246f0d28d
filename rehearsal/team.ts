import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  type ContainerDefinition,
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

/** What a release has that what runs has not. */
export interface ReleaseChange {
  readonly tag?: string;
  /** Variables that are set or, where undefined, left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Changes the references to secrets: variable → what becomes of its reference. */
  readonly secrets?: Readonly<Record<string, (reference: string) => string>>;
  readonly supports?: string;
  /** Migrations that it declares to be able to take back. */
  readonly reverses?: string;
}

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
  async release(change: ReleaseChange): Promise<string> {
    const revision = await this.register(change);
    await this.deploy(revision);
    return revision;
  }

  /** Registers a changed revision of what runs, and releases it to nobody yet. Returns `api:4`. */
  async register(change: ReleaseChange): Promise<string> {
    const current = (await this.service()).taskDefinition;
    const { taskDefinition } = await this.#clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: current, include: ['TAGS'] }),
    );
    const { taskDefinition: registered } = await this.#clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: taskDefinition?.family ?? DEMO.family,
        containerDefinitions: (taskDefinition?.containerDefinitions ?? []).map((container) =>
          changed(container, change),
        ),
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
    return registered?.taskDefinitionArn?.split('/').at(-1) ?? '';
  }

  /** Updates the service to a revision. */
  async deploy(revision: string): Promise<void> {
    await this.#clients.ecs.send(
      new UpdateServiceCommand({ cluster: DEMO.cluster, service: DEMO.service, taskDefinition: revision }),
    );
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
    return (await this.recorded()).filter(({ recorded }) => recorded).length;
  }

  /** What the recorder has said of each release at the end of its bake time, and why where it is not good. */
  async recorded(): Promise<Array<{ readonly recorded: boolean; readonly why: string }>> {
    const { stateMachines = [] } = await this.#clients.states.send(new ListStateMachinesCommand({}));
    const arn = stateMachines.find(({ name }) => name?.endsWith('-record-good-revision'))?.stateMachineArn;
    const { executions = [] } = await this.#clients.states.send(
      new ListExecutionsCommand({ stateMachineArn: arn, statusFilter: 'SUCCEEDED' }),
    );
    return Promise.all(
      executions.map(async ({ executionArn }) => {
        const { output } = await this.#clients.states.send(new DescribeExecutionCommand({ executionArn }));
        return { recorded: false, why: '', ...JSON.parse(output ?? '{}') };
      }),
    );
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

function changed(
  container: ContainerDefinition,
  { tag, environment = {}, secrets = {} }: ReleaseChange,
): ContainerDefinition {
  const variables = new Map((container.environment ?? []).map(({ name = '', value }) => [name, value]));
  for (const [name, value] of Object.entries(environment))
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  return {
    ...container,
    ...(tag === undefined ? {} : { image: imageOf(tag) }),
    environment: [...variables].map(([name, value]) => ({ name, value })),
    secrets: (container.secrets ?? []).map(({ name = '', valueFrom = '' }) => ({
      name,
      valueFrom: secrets[name]?.(valueFrom) ?? valueFrom,
    })),
  };
}
