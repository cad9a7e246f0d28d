import * as s3 from '@aws-sdk/client-s3';
import * as sdk from '@aws-sdk/client-sfn';
import { type Json, startStates } from './start-states.ts';

const allow = (Action: string | string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });

/** A distributed Map state; `processor` is the state that each child execution consists of, or its states. */
export const distributedMap = (
  processor: Json,
  more: Record<string, unknown> = {},
  ExecutionType = 'STANDARD',
): Json => ({
  Type: 'Map',
  Label: 'each',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType },
    ...(processor.StartAt ? processor : { StartAt: 'Item', States: { Item: processor } }),
  },
  End: true,
  ...more,
});

export const single = (state: Json, others: Record<string, Json> = {}): Json => ({
  StartAt: 'Each',
  States: { Each: state, ...others },
});

/** Step Functions with a bucket, and a role that may do what distributed Map states need. */
export async function startMap() {
  const states = await startStates({
    // So fast that time-outs of minutes do not keep a test waiting.
    speed: 500,
    statements: [allow('states:StartExecution'), allow(['s3:GetObject', 's3:PutObject', 's3:ListBucket'])],
  });
  const { ref: Bucket } = await states.create('AWS::S3::Bucket', {}, 'Bucket');
  const objects = new s3.S3Client({ ...states.endpointClient, forcePathStyle: true });

  return {
    ...states,
    Bucket,
    allow,
    put: (Key: string, content: unknown) =>
      objects.send(
        new s3.PutObjectCommand({
          Bucket,
          Key,
          Body: typeof content === 'string' ? content : JSON.stringify(content),
        }),
      ),
    async read(Key: string): Promise<Json> {
      const { Body } = await objects.send(new s3.GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    },
    async keys(Prefix: string): Promise<string[]> {
      const { Contents = [] } = await objects.send(new s3.ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key }) => Key as string);
    },
    /** The Map Runs of an execution, described. */
    async mapRuns(executionArn: string) {
      const { mapRuns = [] } = await states.client.send(new sdk.ListMapRunsCommand({ executionArn }));
      return Promise.all(
        mapRuns.map(({ mapRunArn }) => states.client.send(new sdk.DescribeMapRunCommand({ mapRunArn }))),
      );
    },
    async children(mapRunArn: string | undefined, statusFilter?: sdk.ExecutionStatus) {
      const found: sdk.ExecutionListItem[] = [];
      for await (const { executions = [] } of sdk.paginateListExecutions(
        { client: states.client, pageSize: 1000 },
        { mapRunArn, ...(statusFilter ? { statusFilter } : {}) },
      ))
        found.push(...executions);
      return found;
    },
    async close() {
      objects.destroy();
      await states.close();
    },
  };
}

export type MapStates = Awaited<ReturnType<typeof startMap>>;
