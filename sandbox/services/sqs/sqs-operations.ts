import { AwsError, type Call, type Machine, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { digestOf, digestOfAttributes } from './message-digest.ts';
import { type Message, type Queue, wake } from './queue.ts';
import { receiveMessages, visibilityWithin } from './receive-message.ts';
import { requireMay, sendMessage } from './send-message.ts';
import { queueAttributes, showMessage } from './show-message.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the shapes of the SDK's own types.
type Input = any;

/** A queue may be purged once in this time, in milliseconds. */
const PURGE_INTERVAL_MILLISECONDS = 60_000;
const QUEUES_PER_PAGE = 1000;

/** What the operations find queues with. */
export interface Queues {
  readonly all: ReadonlyMap<string, Queue>;
  byUrl(url: string): Queue;
  byArn(arn: string): Queue;
}

/** The API's operations. */
export function sqsOperations(machine: Machine, queues: Queues): Record<string, Operation> {
  /** Which policy decides is known only where the queue is: permissions are checked there. */
  const onQueue = (
    action: string,
    handle: (queue: Queue, input: Input, call: Call) => unknown,
  ): Operation => ({
    permissions: () => [],
    handle(input, call) {
      const queue = queues.byUrl(input.QueueUrl);
      requireMay(machine, queue, action, call.caller);
      return handle(queue, input, call);
    },
  });

  function send(queue: Queue, input: Input, { caller }: Call) {
    const attributes = input.MessageAttributes ?? {};
    const message = { body: input.MessageBody, attributes, delaySeconds: input.DelaySeconds };
    const sent = sendMessage(machine, queue, message, caller);
    return {
      MessageId: sent.id,
      MD5OfMessageBody: digestOf(sent.body),
      MD5OfMessageAttributes: digestOfAttributes(attributes),
    };
  }

  function remove(queue: Queue, receipt: string): void {
    const message = findReceipt(queue, receipt);
    if (message) queue.messages = queue.messages.filter((other) => other !== message);
  }

  return {
    SendMessage: onQueue('SendMessage', send),
    SendMessageBatch: onQueue('SendMessage', (queue, input, call) =>
      batch(input.Entries, (entry) => send(queue, entry, call)),
    ),
    ReceiveMessage: onQueue('ReceiveMessage', async (queue, input, call) => {
      if (queue.keyId !== undefined)
        machine.engines.requireKey(queue.keyId, ['Decrypt'], { caller: call.caller, via: 'sqs' });
      const messages = await receiveMessages(machine, queue, input, call, queues.byArn);
      return messages.length === 0
        ? {}
        : { Messages: messages.map((message) => showMessage(message, input)) };
    }),
    DeleteMessage: onQueue('DeleteMessage', (queue, input) => {
      remove(queue, input.ReceiptHandle);
      return {};
    }),
    DeleteMessageBatch: onQueue('DeleteMessage', (queue, input) =>
      batch(input.Entries, (entry) => {
        remove(queue, entry.ReceiptHandle);
        return {};
      }),
    ),
    ChangeMessageVisibility: onQueue('ChangeMessageVisibility', (queue, input) => {
      const message = findReceipt(queue, input.ReceiptHandle);
      const now = machine.clock.now();
      if (!message || message.visibleAt <= now) {
        throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
      }
      message.visibleAt = now + visibilityWithin(input.VisibilityTimeout) * 1000;
      wake(queue);
      return {};
    }),
    GetQueueAttributes: onQueue('GetQueueAttributes', (queue, input) => ({
      Attributes: queueAttributes(queue, input.AttributeNames ?? [], machine.clock.now()),
    })),
    PurgeQueue: onQueue('PurgeQueue', (queue) => {
      const now = machine.clock.now();
      if (now - queue.purgedAt < PURGE_INTERVAL_MILLISECONDS) {
        throw new AwsError(
          'PurgeQueueInProgress',
          `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
          { status: 403 },
        );
      }
      queue.purgedAt = now;
      queue.messages = [];
      return {};
    }),
    GetQueueUrl: {
      permissions: () => [],
      handle(input, { caller }) {
        const queue = queues.byArn(machine.arn('sqs', input.QueueName));
        requireMay(machine, queue, 'GetQueueUrl', caller);
        return { QueueUrl: queue.url };
      },
    },
    ListQueues: {
      permissions: () => [{ action: 'sqs:ListQueues', resource: '*' }],
      handle(input) {
        const found = [...queues.all.values()].filter(({ name }) =>
          name.startsWith(input.QueueNamePrefix ?? ''),
        );
        const { page, nextToken } = paginate(found, input.NextToken, input.MaxResults ?? QUEUES_PER_PAGE);
        return { QueueUrls: page.map(({ url }) => url), NextToken: nextToken };
      },
    },
  };
}

/** The message of a receipt handle; undefined when it was received again since, or is gone. */
function findReceipt(queue: Queue, receipt: string): Message | undefined {
  if (!/^[0-9a-f-]{36}#[0-9a-f-]{36}$/.test(receipt)) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${receipt}" is not a valid receipt handle.`,
      { status: 404 },
    );
  }
  return queue.messages.find((message) => message.receipt === receipt);
}

/** Does each entry by itself: one that fails does not stop the others. */
function batch(entries: Input[], handle: (entry: Input) => object) {
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...handle(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
