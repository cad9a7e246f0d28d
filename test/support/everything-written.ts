import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListBucketsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';

/** Longest that SQS hides a message, in seconds: each is read once. */
const HIDDEN_SECONDS = 43_200;

/** Everything that was written anywhere in an account of the sandbox, but for the values of secrets. */
export class EverythingWritten {
  /** Messages that were taken from a queue are not there any more. */
  readonly #messages: Array<[string, string]> = [];

  /** Where it stands, beginning with the service → the text. */
  async read(): Promise<Array<[string, string]>> {
    const all = await Promise.all([logs(), executions(), tables(), objects(), parameters(), tasks(), rest()]);
    await this.#receive();
    return [...all.flat(), ...this.#messages];
  }

  async #receive(): Promise<void> {
    const sqs = new SQSClient({});
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    for (const QueueUrl of QueueUrls)
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_SECONDS }),
        );
        if (Messages.length === 0) break;
        this.#messages.push(
          ...Messages.map((one): [string, string] => [`sqs ${QueueUrl}`, JSON.stringify(one)]),
        );
      }
  }
}

async function logs(): Promise<Array<[string, string]>> {
  const client = new CloudWatchLogsClient({});
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
  const found: Array<[string, string]> = [];
  for (const { logGroupName = '' } of logGroups)
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName }))
      found.push([`logs ${logGroupName}`, events.map(({ message }) => message).join('\n')]);
  return found;
}

async function executions(): Promise<Array<[string, string]>> {
  const client = new SFNClient({});
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({ maxResults: 1000 }));
  const found: Array<[string, string]> = [];
  for (const { stateMachineArn } of stateMachines)
    for await (const page of paginateListExecutions({ client }, { stateMachineArn }))
      for (const { executionArn } of page.executions ?? []) {
        found.push([
          `states ${executionArn}`,
          JSON.stringify(await client.send(new DescribeExecutionCommand({ executionArn }))),
        ]);
        for await (const { events } of paginateGetExecutionHistory(
          { client },
          { executionArn, maxResults: 1000 },
        ))
          found.push([`states ${executionArn}`, JSON.stringify(events)]);
      }
  return found;
}

async function tables(): Promise<Array<[string, string]>> {
  const client = new DynamoDBClient({});
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const found: Array<[string, string]> = [];
  for (const TableName of TableNames)
    for await (const { Items } of paginateScan({ client }, { TableName, ConsistentRead: true }))
      found.push([`dynamodb ${TableName}`, JSON.stringify(Items)]);
  return found;
}

async function objects(): Promise<Array<[string, string]>> {
  const client = new S3Client({ forcePathStyle: true });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  const found: Array<[string, string]> = [];
  for (const { Name: Bucket } of Buckets)
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
      for (const { Key = '' } of Contents) {
        const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const text = (await Body?.transformToString()) ?? '';
        found.push([`s3 ${Bucket}/${Key}`, `${Key} ${JSON.stringify(Metadata ?? {})} ${text}`]);
      }
  return found;
}

async function parameters(): Promise<Array<[string, string]>> {
  const client = new SSMClient({});
  const found: Array<[string, string]> = [];
  for await (const page of paginateGetParametersByPath({ client }, { Path: '/', Recursive: true }))
    found.push(
      ...(page.Parameters ?? []).map((one): [string, string] => [`ssm ${one.Name}`, JSON.stringify(one)]),
    );
  return found;
}

/** What ECS says of tasks, those that ended too, and what it tells of their services. */
async function tasks(): Promise<Array<[string, string]>> {
  const ecs = new ECSClient({});
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: 'demo', services: ['api'] }),
  );
  const found: Array<[string, string]> = [['ecs service/api', JSON.stringify(services)]];
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'demo', desiredStatus }));
    if (taskArns.length === 0) continue;
    const described = await ecs.send(
      new DescribeTasksCommand({ cluster: 'demo', tasks: taskArns.slice(0, 100) }),
    );
    found.push([`ecs ${desiredStatus} tasks`, JSON.stringify(described.tasks)]);
  }
  return found;
}

/** Descriptions of secrets, and environments of functions. */
async function rest(): Promise<Array<[string, string]>> {
  const { SecretList } = await new SecretsManagerClient({}).send(new ListSecretsCommand({ MaxResults: 100 }));
  const found: Array<[string, string]> = [['secretsmanager', JSON.stringify(SecretList)]];
  for await (const { Functions } of paginateListFunctions({ client: new LambdaClient({}) }, {}))
    found.push(['lambda', JSON.stringify(Functions)]);
  return found;
}
