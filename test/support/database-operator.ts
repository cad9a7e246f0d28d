import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  AddTagsToResourceCommand,
  type DBSnapshot,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import type { StoresEntry } from '../../schemas/deployment.ts';
import { Parameter } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';

const DEPLOYMENT = 'nightshift';

/** What a person does around a database's runbooks, and looks at afterwards, by the APIs of AWS alone. */
export class DatabaseOperator {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Starts a runbook for the one database of the demonstration, and waits for its end. */
  run(runbook: string, input: object = {}): Promise<RunRecord> {
    return this.#stage.run(runbook, { database: 'main', ...input });
  }

  /** The same for what asks for approval, which it gets. */
  async runApproved(runbook: string, input: object = {}): Promise<RunRecord> {
    const arn = await this.#stage.begin(runbook, { database: 'main', ...input });
    await this.#stage.approve(arn);
    return this.#stage.follow(runbook, arn);
  }

  async report(record: RunRecord): Promise<string> {
    return (await this.#stage.deployment.report(record)).get('report.md')?.toString('utf8') ?? '';
  }

  /** Changes the rules that runs are held to. */
  async changePolicy(change: object): Promise<void> {
    const { ssm } = this.#stage.clients;
    const Name = Parameter.policy(DEPLOYMENT);
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name }));
    const Value = JSON.stringify({ ...JSON.parse(found?.Value ?? '{}'), ...change });
    await ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  }

  async stores(): Promise<StoresEntry> {
    const { Parameter: found } = await this.#stage.clients.ssm.send(
      new GetParameterCommand({ Name: Parameter.stores(DEPLOYMENT) }),
    );
    return JSON.parse(found?.Value ?? '{}') as StoresEntry;
  }

  /** Keys of the locks that a run holds. */
  async locks(): Promise<string[]> {
    const { lockTable } = await this.stores();
    const { Items = [] } = await new DynamoDBClient({}).send(new ScanCommand({ TableName: lockTable }));
    return Items.map((item) => unmarshall(item) as { key: string; ownerRun?: string })
      .filter(({ ownerRun }) => ownerRun !== undefined)
      .map(({ key }) => key)
      .sort();
  }

  /** Every manual snapshot there is. */
  async snapshots(): Promise<DBSnapshot[]> {
    const { DBSnapshots = [] } = await this.#stage.clients.rds.send(
      new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }),
    );
    return DBSnapshots;
  }

  /** Tags of every instance: its identifier → tag → value. */
  async tags(): Promise<Record<string, Record<string, string>>> {
    return Object.fromEntries(
      (await this.#stage.database.instances()).map(({ DBInstanceIdentifier = '', TagList = [] }) => [
        DBInstanceIdentifier,
        Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value])),
      ]),
    );
  }

  async tag(instance: string, Key: string, Value: string): Promise<void> {
    const { rds } = this.#stage.clients;
    const { DBInstances: [found] = [] } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }),
    );
    await rds.send(
      new AddTagsToResourceCommand({ ResourceName: found?.DBInstanceArn, Tags: [{ Key, Value }] }),
    );
  }

  /** Waits until these instances are left, and no other: deleting takes RDS some minutes. */
  async untilLeft(...names: string[]): Promise<void> {
    await this.#stage.until(`nothing but ${names.join(', ')}`, 900, async () => {
      const found = await this.#stage.database.names();
      return JSON.stringify(found) === JSON.stringify(names.toSorted());
    });
  }

  /** Waits until an instance is in a state. */
  async untilStatus(instance: string, status: string): Promise<void> {
    await this.#stage.until(`${instance} to be ${status}`, 900, async () =>
      (await this.#stage.database.instances()).some(
        (one) => one.DBInstanceIdentifier === instance && one.DBInstanceStatus === status,
      ),
    );
  }

  /** Runs a function of the deployment by a part of its name, as its schedule does, and says what it answered. */
  async invoke(part: string): Promise<unknown> {
    const lambda = new LambdaClient({});
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 200 }));
    const name = Functions.find(({ FunctionName }) => FunctionName?.includes(part))?.FunctionName;
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: '{}' }));
    return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
  }
}

/** The one check of this name. */
export const check = ({ checks }: RunRecord, name: string) => checks.find((one) => one.name === name);

/** What AWS's own services use for a function, for its logs and traces; in the sandbox they need none. */
const OF_AWS = / (logs|xray):/;

/** Permissions of steps that no call has needed so far, but for those that there is a reason for: `step action on resource`. */
export function unusedPermissions(
  sandbox: Sandbox,
  steps: readonly string[],
  reasons: readonly RegExp[],
): string[] {
  return [...sandbox.permissionsUnused()]
    .flatMap(([role, grants]) =>
      [...grants].map((grant) => `${/NightshiftSteps(\w+?)Role/.exec(role)?.[1]} ${grant}`),
    )
    .filter((grant) => steps.includes(grant.split(' ')[0] ?? '') && !OF_AWS.test(grant))
    .filter((grant) => !reasons.some((reason) => reason.test(grant)))
    .map((grant) => grant.replace(/arn:aws:(\w+):\S*?:\d*:/, '$1:'));
}
