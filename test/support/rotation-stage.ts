import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { DEMO } from '../../rehearsal/demo-names.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { Parameter } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { DatabaseOperator } from './database-operator.ts';
import { SecretValues } from './secret-values.ts';

const DEPLOYMENT = 'nightshift';

/** The demonstration without its clients, and what a person does around its secrets. One task is enough to see who gets which value. */
export class RotationStage {
  readonly stage: Stage;
  readonly sandbox: Sandbox;
  readonly operator: DatabaseOperator;
  readonly close: () => Promise<void>;
  /** Every value that there ever was. */
  readonly values = new SecretValues();

  private constructor({ stage, sandbox, close }: Awaited<ReturnType<typeof openStage>>) {
    this.stage = stage;
    this.sandbox = sandbox;
    this.close = close;
    this.operator = new DatabaseOperator(stage);
  }

  static async open(speed: number): Promise<RotationStage> {
    const opened = await openStage({
      speed,
      needsGoodRelease: false,
      hasTraffic: false,
      say: (seconds, line) => process.env.DEBUG && process.stderr.write(`${seconds} s  ${line}\n`),
    });
    const { cluster, service } = DEMO;
    await opened.stage.clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }));
    return new RotationStage(opened);
  }

  /** Rotates a secret, as far as Nightshift lets it. */
  rotate(secret: string, input: object = {}): Promise<RunRecord> {
    return this.stage.run('rotate-secret', { secret, ...input });
  }

  async runApproved(runbook: string, input: object): Promise<RunRecord> {
    const arn = await this.stage.begin(runbook, input);
    await this.stage.approve(arn);
    return this.stage.follow(runbook, arn);
  }

  /** Waits until the service runs nothing else. */
  async settled(revision: string): Promise<void> {
    await this.stage.until(`${revision} to run alone`, 900, () => this.stage.team.isSettled(revision));
  }

  /** Releases what refers to one version of a secret for ever. Returns the revision. */
  async releasePinned(variable: string, version: string): Promise<string> {
    const { ecs } = this.stage.clients;
    const { taskDefinition: current } = await this.stage.team.service();
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: current }));
    const { family, cpu, memory, networkMode, requiresCompatibilities } = taskDefinition ?? {};
    const { executionRoleArn, taskRoleArn, containerDefinitions = [] } = taskDefinition ?? {};
    const { taskDefinition: registered } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn },
        containerDefinitions: containerDefinitions.map((container) => ({
          ...container,
          secrets: (container.secrets ?? []).map(({ name, valueFrom = '' }) => ({
            name,
            valueFrom: name === variable ? `${valueFrom.replace(/:*$/, '')}::${version}` : valueFrom,
          })),
        })),
      }),
    );
    const { taskDefinitionArn = '' } = registered ?? {};
    return this.deploy(taskDefinitionArn.split('/').at(-1) ?? '');
  }

  async deploy(revision: string): Promise<string> {
    const { cluster, service } = DEMO;
    await this.stage.clients.ecs.send(
      new UpdateServiceCommand({ cluster, service, taskDefinition: revision }),
    );
    return revision;
  }

  async setSwitch(Value: 'on' | 'off'): Promise<void> {
    const Name = Parameter.killSwitch(DEPLOYMENT);
    await this.stage.clients.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  }

  /** Changes how a secret is declared. */
  async declare(secret: string, change: object): Promise<void> {
    const { ssm } = this.stage.clients;
    const Name = Parameter.target(DEPLOYMENT, 'secret', secret);
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name }));
    const Value = JSON.stringify({ ...JSON.parse(found?.Value ?? '{}'), ...change });
    await ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  }

  /** Users of the shop that are logged in. */
  users(): Promise<unknown[]> {
    return this.stage.database.sql(
      DEMO.instance,
      "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE usename LIKE 'shop%' ORDER BY 1",
    );
  }
}

/**
 * How a team has its database that began with one user: everything belongs to it, and there is no owner role.
 *
 * @returns statements of the master
 */
export const ONE_USER = [
  'GRANT shop TO demo WITH INHERIT TRUE, SET TRUE',
  'ALTER ROLE shop RESET role',
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'",
  'REASSIGN OWNED BY shop_owner TO shop',
  'DROP OWNED BY shop_owner',
  'GRANT USAGE, CREATE ON SCHEMA public TO shop',
  'DROP ROLE shop_owner',
];
