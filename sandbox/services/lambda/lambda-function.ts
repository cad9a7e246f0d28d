import type { Machine, Resource } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';

/** A function as deployed. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly handler: string;
  readonly codeFolder: string;
  readonly environment: Record<string, string>;
  readonly timeoutMilliseconds: number;
  readonly memoryMegabytes: number;
  readonly concurrency: number;
  readonly logGroup: string;
  readonly traced: boolean;
  readonly tracingDaemon: string;
  readonly deadLetterArn: string | undefined;
  onLine(stream: string, line: string): void;
  onInvoked(result: { duration: number; failed: boolean }): void;
}

const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MEGABYTES = 128;
/** The account's default limit of functions that run at the same time. */
const DEFAULT_CONCURRENCY = 1000;

/** Reads AWS::Lambda::Function; refuses what the sandbox cannot run. */
export function describeFunction(
  machine: Machine,
  resource: Resource,
  tracingDaemon: string,
): LambdaFunction {
  refuseUnknown(resource, [
    'FunctionName',
    'Code',
    'Handler',
    'Runtime',
    'Role',
    'Timeout',
    'MemorySize',
    'Environment',
    'Architectures',
    'ReservedConcurrentExecutions',
    'DeadLetterConfig',
    'VpcConfig',
    'LoggingConfig',
    'TracingConfig',
  ]);
  const { properties } = resource;
  if (properties.Runtime !== 'nodejs24.x')
    throw new Error(`the sandbox runs nodejs24.x, not ${properties.Runtime}`);
  if (!properties.Code?.LocalPath)
    throw new Error('the code of the function is not an asset of the assembly');
  const name: string = properties.FunctionName ?? resource.physicalName(64);
  const logGroup: string = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
  const dimensions = { FunctionName: name };
  const metric = (metricName: string, value: number, unit = 'Count') =>
    machine.engines.putMetric({ namespace: 'AWS/Lambda', name: metricName, dimensions, value, unit });
  machine.policies.requireAssumable(properties.Role, 'lambda.amazonaws.com');
  return {
    name,
    arn: machine.arn('lambda', `function:${name}`),
    roleArn: properties.Role,
    handler: properties.Handler,
    codeFolder: properties.Code.LocalPath,
    environment: properties.Environment?.Variables ?? {},
    timeoutMilliseconds: (properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    memoryMegabytes: properties.MemorySize ?? DEFAULT_MEMORY_MEGABYTES,
    concurrency: properties.ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
    logGroup,
    traced: properties.TracingConfig?.Mode === 'Active',
    tracingDaemon,
    deadLetterArn: properties.DeadLetterConfig?.TargetArn,
    onLine: (stream, line) => machine.engines.putLog(logGroup, stream, line),
    onInvoked({ duration, failed }) {
      metric('Invocations', 1);
      metric('Errors', failed ? 1 : 0);
      metric('Duration', duration, 'Milliseconds');
    },
  };
}
