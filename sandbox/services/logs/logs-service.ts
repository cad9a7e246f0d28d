import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, type Machine, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { embeddedMetrics } from './embedded-metrics.ts';

interface Line {
  readonly stream: string;
  readonly at: number;
  readonly message: string;
}

/** Lines kept per group: enough to look back, bounded so that a long sandbox does not grow. */
const LINES_KEPT = 20_000;

/** CloudWatch Logs: groups that the sandbox's functions and tasks write to. */
export function createLogsService(machine: Machine): Service {
  const groups = new Map<string, Line[]>();
  const arnOf = (group: string) => machine.arn('logs', `log-group:${group}:*`);
  const find = (group: string): Line[] => {
    const lines = groups.get(group);
    if (!lines) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return lines;
  };
  machine.engines.putLog = (group, stream, message, at = machine.clock.now()) => {
    const lines = groups.get(group) ?? [];
    groups.set(group, lines);
    lines.push({ stream, at, message });
    if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT);
    for (const datum of embeddedMetrics(message, machine.clock.now())) machine.engines.putMetric(datum);
  };

  return {
    name: 'logs',
    apis: [
      {
        signingNames: ['logs'],
        sdk,
        client: 'CloudWatchLogsClient',
        operations: {
          DescribeLogGroups: {
            permissions: () => [{ action: 'logs:DescribeLogGroups', resource: '*' }],
            handle: (input) => ({
              logGroups: [...groups.keys()]
                .filter((name) => name.startsWith(input.logGroupNamePrefix ?? ''))
                .map((name) => ({ logGroupName: name, arn: arnOf(name) })),
            }),
          },
          FilterLogEvents: {
            permissions: (input) => [{ action: 'logs:FilterLogEvents', resource: arnOf(input.logGroupName) }],
            handle(input) {
              const pattern: string = input.filterPattern ?? '';
              if (/[{[%?]/.test(pattern))
                throw new AwsError(
                  'InvalidParameterException',
                  `The sandbox knows filter patterns of plain terms only, not '${pattern}'.`,
                );
              const terms = [...pattern.matchAll(/"([^"]+)"|(\S+)/g)].map(
                (match) => (match[1] ?? match[2]) as string,
              );
              const found = find(input.logGroupName).filter(
                (line) =>
                  line.at >= (input.startTime ?? 0) &&
                  line.at < (input.endTime ?? Number.POSITIVE_INFINITY) &&
                  terms.every((term) => line.message.includes(term)),
              );
              const { page, nextToken } = paginate(found, input.nextToken, input.limit ?? 10_000);
              return {
                events: page.map((line) => ({
                  logStreamName: line.stream,
                  timestamp: line.at,
                  message: line.message,
                })),
                nextToken,
              };
            },
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::Logs::LogGroup',
        create(resource) {
          refuseUnknown(resource, [
            'LogGroupName',
            'RetentionInDays',
            'KmsKeyId',
            'LogGroupClass',
            'DeletionProtectionEnabled',
          ]);
          const name = resource.properties.LogGroupName ?? resource.physicalName();
          groups.set(name, []);
          return { ref: name, attributes: { Arn: arnOf(name) } };
        },
      },
    ],
    close() {},
  };
}
