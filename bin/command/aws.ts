import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { RunbookEntry, StoresEntry } from '../../schemas/deployment.ts';
import { Parameter } from '../../schemas/names.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { CommandError } from './exit-codes.ts';

/** How often a run that is followed is looked at, in real milliseconds. */
const LOOK_MILLISECONDS = 250;
/** How long after its end a run's report is waited for. */
const REPORT_PATIENCE_MILLISECONDS = 60_000;
const PAGE_OF_RUNS = 200;
/** The beginning of an id is looked for among so many of each runbook's newest runs. */
const MOST_RUNS_SEARCHED = 1000;

/** A run: its execution and what Nightshift has written down about it. */
export interface FoundRun {
  readonly arn: string;
  readonly entry: RunbookEntry;
}

/** Everything that the command asks of AWS: the same calls on an account and on a sandbox. */
export class Deployment {
  readonly name: string;
  readonly #ssm: SSMClient;
  readonly #states: SFNClient;
  readonly #dynamodb: DynamoDBClient;
  readonly #s3: S3Client;
  #stores: StoresEntry | undefined;
  #runbooks: RunbookEntry[] | undefined;

  constructor(name: string, options: { region?: string; profile?: string } = {}) {
    this.name = name;
    const config = {
      ...(options.region ? { region: options.region } : {}),
      ...(options.profile ? { profile: options.profile } : {}),
    };
    this.#ssm = new SSMClient(config);
    this.#states = new SFNClient(config);
    this.#dynamodb = new DynamoDBClient(config);
    // Path style works against every endpoint.
    this.#s3 = new S3Client({ ...config, forcePathStyle: true });
  }

  async runbooks(): Promise<RunbookEntry[]> {
    if (this.#runbooks) return this.#runbooks;
    const entries: RunbookEntry[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#ssm.send(
        new GetParametersByPathCommand({
          Path: Parameter.runbooks(this.name),
          ...(NextToken ? { NextToken } : {}),
        }),
      );
      entries.push(
        ...(page.Parameters ?? []).map(({ Value = '{}' }) => z.parse(RunbookEntry, JSON.parse(Value))),
      );
      NextToken = page.NextToken;
    } while (NextToken);
    if (entries.length === 0) throw this.#absent();
    this.#runbooks = entries;
    return entries;
  }

  async runbook(name: string): Promise<RunbookEntry> {
    const entries = await this.runbooks();
    const found = entries.find((entry) => entry.name === name);
    if (!found)
      throw new CommandError(
        unknownName(
          'runbook',
          name,
          entries.map((entry) => entry.name),
        ),
      );
    return found;
  }

  async #where(): Promise<StoresEntry> {
    if (!this.#stores) {
      const { Parameter: found } = await this.#ssm.send(
        new GetParameterCommand({ Name: Parameter.stores(this.name) }),
      );
      this.#stores = z.parse(StoresEntry, JSON.parse(found?.Value ?? '{}'));
    }
    return this.#stores;
  }

  /** The declared service of that name. */
  async service(name: string): Promise<ServiceTarget> {
    const path = Parameter.targets(this.name, 'service');
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#ssm.send(
        new GetParametersByPathCommand({ Path: path, ...(NextToken ? { NextToken } : {}) }),
      );
      for (const { Name = '', Value = '{}' } of page.Parameters ?? []) {
        if (Name === `${path}${name}`) return z.parse(ServiceTarget, JSON.parse(Value));
        names.push(Name.slice(path.length));
      }
      NextToken = page.NextToken;
    } while (NextToken);
    if (names.length === 0) throw this.#absent();
    throw new CommandError(unknownName('declared service', name, names));
  }

  /** Keeps an item in the run table, in the place of an earlier one with its keys. */
  async keep(item: Readonly<Record<string, unknown>>): Promise<void> {
    const { runTable } = await this.#where();
    await this.#dynamodb.send(
      new PutItemCommand({ TableName: runTable, Item: marshall(item, { removeUndefinedValues: true }) }),
    );
  }

  #absent(): CommandError {
    return new CommandError(
      `There is no Nightshift named "${this.name}" here. Is this the right account and region? Say --deployment NAME if it has another name.`,
      1,
    );
  }

  /** Starts a run; AWS itself refuses what is not JSON or too large. */
  async start(entry: RunbookEntry, input: string): Promise<FoundRun> {
    const { executionArn = '' } = await this.#states.send(
      new StartExecutionCommand({ stateMachineArn: entry.stateMachineArn, input }),
    );
    return { arn: executionArn, entry };
  }

  /** A run by its id, or by the beginning of it, or by its ARN. */
  async find(id: string): Promise<FoundRun> {
    const entries = await this.runbooks();
    const known = await Promise.all(entries.map((entry) => this.#exactly(entry, id)));
    const exact = known.find((found) => found !== undefined);
    if (exact) return exact;
    const matching: FoundRun[] = [];
    const near: string[] = [];
    for (const entry of entries) {
      for (const { id: name, arn } of await this.runsOf(entry, MOST_RUNS_SEARCHED)) {
        if (name.startsWith(id)) matching.push({ arn, entry });
        near.push(name);
      }
    }
    const [found, ...others] = matching;
    if (found === undefined)
      throw new CommandError(
        near.length === 0
          ? `There is no run "${id}"; nothing has run yet.`
          : unknownName('run', id, near.slice(0, 10)),
      );
    if (others.length > 0)
      throw new CommandError(
        `"${id}" begins the ids of ${matching.length} runs: ${matching.map(({ arn }) => arn.split(':').at(-1)).join(', ')}. Write more of it.`,
      );
    return found;
  }

  /** The run of a runbook with this whole id or ARN, however long ago it was. */
  async #exactly(entry: RunbookEntry, id: string): Promise<FoundRun | undefined> {
    const executions = entry.stateMachineArn.replace(':stateMachine:', ':execution:');
    if (id.startsWith('arn:') && !id.startsWith(`${executions}:`)) return undefined;
    const executionArn = id.startsWith('arn:') ? id : `${executions}:${id}`;
    try {
      await this.#states.send(new DescribeExecutionCommand({ executionArn }));
      return { arn: executionArn, entry };
    } catch (error) {
      // Whatever cannot be the id of an execution may still be the beginning of one.
      if (['ExecutionDoesNotExist', 'InvalidArn'].includes((error as Error).name)) return undefined;
      throw error;
    }
  }

  /** Runs of a runbook, newest first. */
  async runsOf(
    entry: RunbookEntry,
    most = PAGE_OF_RUNS,
  ): Promise<Array<{ id: string; arn: string; status: string; startedAt: Date }>> {
    const runs: Array<{ id: string; arn: string; status: string; startedAt: Date }> = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#states.send(
        new ListExecutionsCommand({
          stateMachineArn: entry.stateMachineArn,
          maxResults: Math.min(PAGE_OF_RUNS, most - runs.length),
          ...(nextToken ? { nextToken } : {}),
        }),
      );
      for (const { name = '', executionArn = '', status = '', startDate = new Date(0) } of page.executions ??
        [])
        runs.push({ id: name, arn: executionArn, status, startedAt: startDate });
      nextToken = page.nextToken;
    } while (nextToken && runs.length < most);
    return runs;
  }

  async record(arn: string): Promise<RunRecord | undefined> {
    const { runTable } = await this.#where();
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({
        TableName: runTable,
        Key: marshall({ id: arn.split(':').at(-1), sort: 'record' }),
        ConsistentRead: true,
      }),
    );
    return Item ? (unmarshall(Item) as RunRecord) : undefined;
  }

  async status(arn: string): Promise<{ status: string; error?: string; cause?: string }> {
    const {
      status = '',
      error,
      cause,
    } = await this.#states.send(new DescribeExecutionCommand({ executionArn: arn }));
    return { status, ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  }

  async history(arn: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#states.send(
        new GetExecutionHistoryCommand({
          executionArn: arn,
          maxResults: 1000,
          ...(nextToken ? { nextToken } : {}),
        }),
      );
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return events;
  }

  /** Calls `onEvents` with the history as it grows, until the run has ended and its report is written. */
  async follow(
    arn: string,
    onEvents: (events: readonly HistoryEvent[]) => void,
  ): Promise<RunRecord | undefined> {
    let endedAt: number | undefined;
    for (;;) {
      const { status } = await this.status(arn);
      onEvents(await this.history(arn));
      if (status !== 'RUNNING') {
        endedAt ??= performance.now();
        const record = await this.record(arn);
        // A run that was stopped is closed by the reaper a moment later, and if that fails, an alarm says so.
        const patient = performance.now() - endedAt < REPORT_PATIENCE_MILLISECONDS;
        // Without a record nothing will ever write a report.
        if (record === undefined || record.report !== undefined || status === 'SUCCEEDED' || !patient)
          return record;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
    }
  }

  /** Files of a run's report: name → content. */
  async report(record: RunRecord): Promise<Map<string, Buffer>> {
    const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(record.report ?? '');
    if (!match)
      throw new CommandError(
        `The run ${record.run.id} has no report yet${record.closedAt ? '' : ': it is still going on'}.`,
        1,
      );
    const files = new Map<string, Buffer>();
    for (const name of ['report.md', 'report.json', 'timeline.svg']) {
      const { Body } = await this.#s3.send(
        new GetObjectCommand({ Bucket: match[1], Key: `${match[2]}${name}` }),
      );
      files.set(name, Buffer.from((await Body?.transformToByteArray()) ?? []));
    }
    return files;
  }

  /** Answers the task token of a run that waits for approval. */
  async answerApproval(
    record: RunRecord,
    answer: { decision: 'approved' | 'rejected'; by: string; reason?: string; plan?: string },
  ): Promise<void> {
    const { runTable } = await this.#where();
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({
        TableName: runTable,
        Key: marshall({ id: record.run.id, sort: 'approval' }),
        ConsistentRead: true,
      }),
    );
    if (!Item || record.closedAt !== undefined)
      throw new CommandError(`The run ${record.run.id} does not wait for an approval.`, 1);
    const { taskToken, planHash } = unmarshall(Item) as { taskToken: string; planHash: string };
    if (answer.plan !== undefined && !planHash.startsWith(answer.plan))
      throw new CommandError(
        `The plan that waits is ${planHash.slice(0, 12)}, not ${answer.plan}. Look at it again: nightshift status ${record.run.id}`,
      );
    const { plan: _plan, ...given } = answer;
    try {
      await this.#states.send(
        new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ ...given, planHash }) }),
      );
    } catch (error) {
      if (['TaskTimedOut', 'TaskDoesNotExist'].includes((error as Error).name))
        throw new CommandError(
          `The approval of ${record.run.id} has been answered before, or has lapsed.`,
          1,
        );
      throw error;
    }
  }
}
