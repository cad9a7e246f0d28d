/// <reference path="./dynalite.d.ts" />
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as sdk from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import {
  AwsError,
  type Machine,
  type RawRequest,
  type RawResponse,
  type Resource,
  type Service,
} from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { tablePermissions } from './table-access.ts';

/** What dynalite serves; the rest is refused by name. */
const SERVED = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
]);
/** Items past their time-to-live go within days on AWS, never at once; the sandbox sweeps each hour of its own time. */
const TIME_TO_LIVE_SWEEP_MILLISECONDS = 3_600_000;

/** How long closing waits for requests that are being answered. */
const LONGEST_FAREWELL_MILLISECONDS = 2000;

/** DynamoDB, served by dynalite in memory; permissions are checked before a request is passed on. */
export async function createDynamoDbService(machine: Machine): Promise<Service> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: machine.region,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const timeToLive = new Map<string, { attribute: string; keys: string[] }>();
  const arnOf = (table: string) =>
    table.startsWith('arn:') ? table : machine.arn('dynamodb', `table/${table}`);

  async function passthrough(
    request: RawRequest,
    call: Parameters<NonNullable<Service['apis'][number]['passthrough']>>[1],
  ): Promise<RawResponse> {
    if (!SERVED.has(request.operation)) {
      throw new AwsError(
        'UnsupportedOperation',
        `The sandbox does not implement dynamodb:${request.operation}.`,
        { status: 501 },
      );
    }
    const body = JSON.parse(request.body.toString('utf8') || '{}');
    for (const permission of tablePermissions(request.operation, body, arnOf))
      machine.policies.require(call.caller, permission);
    // dynalite wants a signature but knows no secrets: the wire has verified it already.
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${request.operation}`,
        authorization: request.headers.authorization ?? '',
        'x-amz-date': request.headers['x-amz-date'] ?? '',
      },
      body: request.body,
    });
    return {
      status: response.status,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-crc32': response.headers.get('x-amz-crc32') ?? '',
        'x-amzn-requestid': call.requestId,
      },
      body: Buffer.from(await response.arrayBuffer()),
    };
  }

  async function createTable(resource: Resource) {
    refuseUnknown(resource, [
      'TableName',
      'KeySchema',
      'AttributeDefinitions',
      'BillingMode',
      'GlobalSecondaryIndexes',
      'SSESpecification',
      'PointInTimeRecoverySpecification',
      'TimeToLiveSpecification',
      'DeletionProtectionEnabled',
    ]);
    const { properties } = resource;
    const name = properties.TableName ?? resource.physicalName();
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: properties.KeySchema,
        AttributeDefinitions: properties.AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        ...(properties.GlobalSecondaryIndexes
          ? { GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes }
          : {}),
      }),
    );
    const attribute = properties.TimeToLiveSpecification?.AttributeName;
    if (attribute)
      timeToLive.set(name, {
        attribute,
        keys: properties.KeySchema.map((key: { AttributeName: string }) => key.AttributeName),
      });
    return { ref: name, attributes: { Arn: arnOf(name) } };
  }

  async function sweepExpired(): Promise<void> {
    const nowSeconds = machine.clock.now() / 1000;
    for (const [table, { attribute, keys }] of timeToLive) {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
      for (const item of Items) {
        const expires = Number(item[attribute]?.N);
        if (!(expires < nowSeconds)) continue;
        const Key = Object.fromEntries(keys.map((key) => [key, item[key]])) as Record<
          string,
          NonNullable<(typeof item)[string]>
        >;
        await client.send(new DeleteItemCommand({ TableName: table, Key }));
      }
    }
  }
  /** What the database is doing. */
  const pending = new Set<Promise<unknown>>();
  function track<Result>(work: Promise<Result>): Promise<Result> {
    pending.add(work);
    const forget = () => void pending.delete(work);
    work.then(forget, forget);
    return work;
  }
  const stopSweep = machine.clock.every(TIME_TO_LIVE_SWEEP_MILLISECONDS, () => {
    void track(sweepExpired()).catch((error: Error) =>
      machine.log(`dynamodb: the time-to-live sweep failed: ${error.message}`),
    );
  });
  const tracked: typeof passthrough = (request, call) => track(passthrough(request, call));

  return {
    name: 'dynamodb',
    apis: [
      { signingNames: ['dynamodb'], sdk, client: 'DynamoDBClient', operations: {}, passthrough: tracked },
    ],
    providers: [{ type: 'AWS::DynamoDB::Table', create: createTable }],
    async close() {
      stopSweep();
      if (!server.listening) return;
      // A request that is cut off goes on in the database, and would end this process when that is closed; so would a sweep.
      await Promise.race([
        Promise.allSettled(pending),
        new Promise((resolve) => setTimeout(resolve, LONGEST_FAREWELL_MILLISECONDS).unref()),
      ]);
      client.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections?.();
      await closed;
    },
  };
}
