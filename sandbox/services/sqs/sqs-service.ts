import * as sdk from '@aws-sdk/client-sqs';
import { AwsError, type Machine, type Service } from '../../contract.ts';
import { countMessages, dropExpired, type Queue } from './queue.ts';
import { queueProviders } from './queue-providers.ts';
import { sendMessage } from './send-message.ts';
import { type Queues, sqsOperations } from './sqs-operations.ts';

const METRIC_INTERVAL_MILLISECONDS = 60_000;

/** Simple Queue Service: standard queues of a template. */
export function createSqsService(machine: Machine): Service {
  const all = new Map<string, Queue>();
  const find = (name: string | undefined): Queue => {
    const queue = name === undefined ? undefined : all.get(name);
    if (queue) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  };
  const queues: Queues = {
    all,
    byUrl: (url) => find(url.split('/').at(-1)),
    byArn: (arn) => find(arn.split(':').at(-1)),
  };

  machine.engines.sendMessage = async (queueArn, body, { caller, attributes = {} }) => {
    const entries = Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]);
    sendMessage(machine, queues.byArn(queueArn), { body, attributes: Object.fromEntries(entries) }, caller);
  };

  const stopMetrics = machine.clock.every(METRIC_INTERVAL_MILLISECONDS, () => {
    for (const queue of all.values()) putMetrics(machine, queue);
  });

  return {
    name: 'sqs',
    apis: [{ signingNames: ['sqs'], sdk, client: 'SQSClient', operations: sqsOperations(machine, queues) }],
    providers: queueProviders(machine, all, queues.byUrl),
    close: stopMetrics,
  };
}

/** What SQS tells CloudWatch each minute. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
function putMetrics(machine: Machine, queue: Queue): void {
  const now = machine.clock.now();
  dropExpired(queue, now);
  const { visible, notVisible } = countMessages(queue, now);
  const oldest = Math.min(now, ...queue.messages.map(({ sentAt }) => sentAt));
  const values = {
    ApproximateNumberOfMessagesVisible: { value: visible, unit: 'Count' },
    ApproximateNumberOfMessagesNotVisible: { value: notVisible, unit: 'Count' },
    ApproximateAgeOfOldestMessage: { value: Math.floor((now - oldest) / 1000), unit: 'Seconds' },
  };
  for (const [name, { value, unit }] of Object.entries(values)) {
    machine.engines.putMetric({
      namespace: 'AWS/SQS',
      name,
      dimensions: { QueueName: queue.name },
      value,
      unit,
    });
  }
}
