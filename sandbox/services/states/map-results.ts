import { AwsError } from '../../contract.ts';
import type { Execution } from './execution.ts';
import { s3Failure } from './map-items.ts';
import type { MapRun, MapRunBatch } from './map-run.ts';
import { fillTemplate, type TemplateSources } from './payload-template.ts';
import { StateError } from './state-error.ts';
import { callerOf, type TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: outputs and the fields of a state are JSON.
type Any = any;

/** The output of each child execution, in the order of the items; what failed is told with all that is known of it. */
export function resultsOf(run: MapRun): Any[] {
  return run.batches.map((batch) => {
    const child = run.children.get(batch.name);
    return child?.output === undefined ? recordOf(run, batch) : JSON.parse(child.output);
  });
}

/**
 * Writes the results of a Map Run to S3: a file for each way in which child executions ended, and a manifest.
 *
 * @returns the output of the Map state
 * @throws StateError named States.ResultWriterFailed
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
export async function writeResults(
  scope: TaskScope,
  run: MapRun,
  { ResultWriter }: Any,
  sources: TemplateSources,
): Promise<Any> {
  const { Bucket, Prefix = '' } = await fillTemplate(ResultWriter.Parameters, sources);
  const folder = `${Prefix}${Prefix === '' || Prefix.endsWith('/') ? '' : '/'}${run.id}`;
  const put = async (Key: string, content: Any) => {
    const text = JSON.stringify(content);
    try {
      await scope.machine.engines.putObject(Bucket, Key, text, {
        caller: callerOf(scope),
        contentType: 'application/json',
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new StateError('States.ResultWriterFailed', s3Failure(error));
    }
    return { Key, Size: Buffer.byteLength(text) };
  };
  const files: Record<string, Any[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const [group, written] of Object.entries(files)) {
    const records = run.batches
      .filter(({ name }) => groupOf(run.children.get(name)) === group)
      .map((batch) => recordOf(run, batch));
    if (records.length > 0) written.push(await put(`${folder}/${group}_0.json`, records));
  }
  const { Key } = await put(`${folder}/manifest.json`, {
    DestinationBucket: Bucket,
    MapRunArn: run.arn,
    ResultFiles: files,
  });
  return { MapRunArn: run.arn, ResultWriterDetails: { Bucket, Key } };
}

function groupOf(child: Execution | undefined): 'PENDING' | 'SUCCEEDED' | 'FAILED' {
  if (!child) return 'PENDING';
  return child.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
}

/** All that is known of a child execution. */
function recordOf(run: MapRun, { name, input }: MapRunBatch): Any {
  const child = run.children.get(name);
  const included = { Included: true };
  const date = (at: number | undefined) => at !== undefined && new Date(at).toISOString();
  const redrivable = child !== undefined && child.status !== 'SUCCEEDED' && run.type === 'STANDARD';
  const members = {
    Cause: child?.cause,
    Error: child?.error,
    ExecutionArn: child?.arn,
    Input: input,
    InputDetails: included,
    Name: name,
    Output: child?.output,
    OutputDetails: child && included,
    RedriveCount: 0,
    RedriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    StartDate: date(child?.startedAt),
    StateMachineArn: run.stateMachine.arn,
    Status: child?.status ?? 'PENDING',
    StopDate: date(child?.stoppedAt),
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== false),
  );
}
