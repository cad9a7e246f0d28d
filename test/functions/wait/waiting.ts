import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { dynamodb } from '../../../functions/run/documents.ts';
import { startStates, tokenTask } from '../../sandbox/services/states/start-states.ts';
import { startDynalite } from '../../support/dynalite.ts';

const TABLES = {
  NIGHTSHIFT_WAIT_TABLE: ['resource', 'sort'],
  NIGHTSHIFT_RUN_TABLE: ['id', 'sort'],
  NIGHTSHIFT_LOCK_TABLE: ['key'],
} as const;

/** Step Functions and the tables that waiting needs, found by the functions in the environment. */
export async function startWaiting() {
  const database = await startDynalite();
  const states = await startStates();
  const { accessKeyId, secretAccessKey } = states.endpointClient.credentials as {
    accessKeyId: string;
    secretAccessKey: string;
  };
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', states.endpointClient.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  for (const [variable, keys] of Object.entries(TABLES)) {
    vi.stubEnv(variable, variable.toLowerCase());
    await dynamodb().send(
      new CreateTableCommand({
        TableName: variable.toLowerCase(),
        KeySchema: keys.map((AttributeName, index) => ({
          AttributeName,
          KeyType: index === 0 ? 'HASH' : 'RANGE',
        })),
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  return {
    states,
    /** Starts an execution that waits; gives its token, and what becomes of it. */
    async waitingState() {
      const execution = await states.start({ StartAt: 'wait', States: { wait: tokenTask({ End: true }) } });
      return { taskToken: await states.token(execution), outcome: () => states.outcome(execution) };
    },
    async close() {
      dynamodb().destroy();
      await states.close();
      database.close();
      vi.unstubAllEnvs();
    },
  };
}

/** A run that nobody else has. */
export const aRun = () => ({
  id: randomUUID(),
  arn: 'arn:aws:states:us-east-1:123456789012:execution:restore:1',
  runbook: 'restore-database',
  startedAt: new Date().toISOString(),
  dryRun: false,
  trigger: { kind: 'person' as const },
});

export const target = {
  kind: 'database' as const,
  name: 'main',
  instance: 'shop',
  host: 'localhost',
  port: 5432,
  database: 'shop',
  secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login',
  migrations: 'none' as const,
};

/** What Lambda gives a handler beside its input. */
export const context = {
  awsRequestId: 'one',
  getRemainingTimeInMillis: () => 20_000,
} as Context;
