import type { EachState } from './definition.ts';
import { RETRY_TRANSIENT } from './retries.ts';
import type { State } from './states.ts';

/** Name of the state that chooses the step for a thing. */
export const CHOOSING = 'what-is-it';
const UNKNOWN = 'nothing-is-known-about-it';

/**
 * A distributed Map: an execution for each thing of the list. None of them can fail the run; what became of each is told by the results,
 * which go to the bucket since hundreds of them do not fit into the state.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
export function each(state: EachState): State {
  const { listPath, atMost, steps, writes } = state;
  return {
    Type: 'Map',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { 'Bucket.$': `${listPath}.bucket`, 'Key.$': `${listPath}.key` },
    },
    ItemSelector: { 'run.$': '$.run', 'target.$': '$$.Map.Item.Value' },
    MaxConcurrency: atMost,
    ToleratedFailurePercentage: 100,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: CHOOSING,
      States: {
        [CHOOSING]: {
          Type: 'Choice',
          Choices: steps.map(({ of, name }) => ({ Variable: '$.target.kind', StringEquals: of, Next: name })),
          Default: UNKNOWN,
        },
        ...Object.fromEntries(
          steps.map(({ name, functionArn, timeoutSeconds }) => [
            name,
            {
              Type: 'Task',
              Resource: functionArn,
              Parameters: { 'run.$': '$.run', 'target.$': '$.target', state: name },
              TimeoutSeconds: timeoutSeconds,
              // One that ran out of time is not tried again: all others would wait for it twice.
              Retry: [RETRY_TRANSIENT],
              End: true,
            },
          ]),
        ),
        [UNKNOWN]: {
          Type: 'Fail',
          Error: 'InvalidInput',
          Cause: 'There is no step for this kind of target in this deployment.',
        },
      },
    },
    ResultWriter: {
      Resource: 'arn:aws:states:::s3:putObject',
      Parameters: { 'Bucket.$': `${listPath}.bucket`, 'Prefix.$': `${listPath}.prefix` },
    },
    ResultPath: `$.${writes}`,
  };
}
