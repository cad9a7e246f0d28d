import { readFileSync } from 'node:fs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { acquireLock } from '../../../functions/run/lock.ts';
import { createRecord, readRecord } from '../../../functions/run/run-record.ts';
import type { BusEvent, Machine, Service } from '../../../sandbox/contract.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createS3Service } from '../../../sandbox/services/s3/s3-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import { Parameter } from '../../../schemas/names.ts';
import type { Lock, Run } from '../../../schemas/run.ts';
import { DatabaseTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';

export const DEPLOYMENT = 'test';
const SPEED = 300;
const BUCKET = 'reports';
const SWITCH = Parameter.killSwitch(DEPLOYMENT);

type Handler = (event: never, context: Context) => Promise<unknown>;

/** What the steps of a run need around RDS: stores, switch, secrets; their clients find it by the environment. */
export async function aRegion(rds: (machine: Machine) => Service | Promise<Service>) {
  const events: BusEvent[] = [];
  const bus = (machine: Machine): Service => {
    machine.engines.putEvent = (event) => void events.push(event);
    return { name: 'bus', apis: [], providers: [], close() {} };
  };
  const services = await startServices(
    [bus, createS3Service, createSsmService, createSecretsManagerService, createDynamoDbService, rds],
    { speed: SPEED },
  );
  const { machine, client } = services;
  const { credentials } = client;
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: machine.endpoint,
    AWS_REGION: machine.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    NIGHTSHIFT_DEPLOYMENT: DEPLOYMENT,
    NIGHTSHIFT_LOCK_TABLE: 'lock',
    NIGHTSHIFT_RUN_TABLE: 'run',
    NIGHTSHIFT_REPORT_BUCKET: BUCKET,
  }))
    vi.stubEnv(name, value);
  await services.create('AWS::S3::Bucket', { BucketName: BUCKET }, 'Bucket');
  const string = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  await services.create(
    'AWS::DynamoDB::Table',
    {
      TableName: 'lock',
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [string('key')],
    },
    'Lock',
  );
  await services.create(
    'AWS::DynamoDB::Table',
    {
      TableName: 'run',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [string('id'), string('sort')],
    },
    'Run',
  );
  const ssm = new SSMClient(client);
  const turn = (value: 'on' | 'off') =>
    ssm.send(new PutParameterCommand({ Name: SWITCH, Type: 'String', Value: value, Overwrite: true }));
  await services.create('AWS::SSM::Parameter', { Name: SWITCH, Type: 'String', Value: 'on' }, 'Switch');
  await ssm.send(new GetParameterCommand({ Name: SWITCH }));

  return {
    ...services,
    events,
    turn,
    /** The sandbox's own authority, which no function of this process would trust by itself. */
    authority: readFileSync(machine.certificateAuthority.file, 'utf8'),
    /** Begins a run that has the lock of the database. */
    async openRun(target: DatabaseTarget, id: string, startedAt = new Date()) {
      const run: Run = {
        id,
        arn: machine.arn('states', `execution:snapshot-database:${id}`),
        runbook: 'snapshot-database',
        startedAt: startedAt.toISOString(),
        dryRun: false,
        trigger: { kind: 'person' },
      };
      const key = `database/${target.name}`;
      await createRecord({ run, target: key, phase: 'open', acted: false, checks: [], joined: 0 });
      // The owner before is taken to have died.
      const acquired = await acquireLock(key, run, 60, Date.now() + 86_400_000 * ++locks);
      if (!acquired.held) throw new Error(`${acquired.owner} has the lock`);
      return { run, lock: acquired.lock as Lock, target, acted: async () => (await readRecord(id))?.acted };
    },
    async stop() {
      ssm.destroy();
      await services.close();
      vi.unstubAllEnvs();
    },
  };
}
let locks = 0;

/** Calls a step as Lambda does; its input goes through JSON. */
export async function call<Output>(handler: Handler, input: unknown, remainingMilliseconds = 60_000) {
  const context = { getRemainingTimeInMillis: () => remainingMilliseconds, awsRequestId: 'test' };
  return (await handler(JSON.parse(JSON.stringify(input)) as never, context as unknown as Context)) as Output;
}

/** A declared database. */
export function aTarget(members: Partial<DatabaseTarget> = {}): DatabaseTarget {
  return DatabaseTarget.parse({
    kind: 'database',
    name: 'main',
    instance: 'orders',
    host: 'localhost',
    port: 5432,
    database: 'shop',
    secretArn: 'orders/master',
    migrations: 'none',
    ...members,
  });
}
