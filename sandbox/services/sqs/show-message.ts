import { digestOf, digestOfAttributes } from './message-digest.ts';
import { countMessages, type Message, type Queue } from './queue.ts';

interface Wanted {
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}

/** A received message as the API gives it: attributes only where they were asked for. */
export function showMessage(message: Message, input: Wanted) {
  const system = systemAttributes(message);
  const wanted = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const own = message.attributes;
  const names = input.MessageAttributeNames ?? [];
  const attributes = pick(own, (name) => names.some((pattern) => namesAttribute(pattern, name)));
  const digest = digestOfAttributes(attributes ?? {});
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: digestOf(message.body),
    Attributes: pick(system, (name) => wanted.includes('All') || wanted.includes(name)),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: digest,
  };
}

function systemAttributes(message: Message): Record<string, string> {
  return {
    SenderId: message.sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.received),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
  };
}

/** `All`, `.*`, a name, or the start of a name followed by `.*`. */
function namesAttribute(pattern: string, name: string): boolean {
  if (pattern === 'All' || pattern === '.*' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
}

function pick<T>(
  values: Readonly<Record<string, T>>,
  wanted: (name: string) => boolean,
): Record<string, T> | undefined {
  const entries = Object.entries(values).filter(([name]) => wanted(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A queue's attributes, as `GetQueueAttributes` gives them. */
export function queueAttributes(
  queue: Queue,
  names: readonly string[],
  now: number,
): Record<string, string> | undefined {
  const { visible, notVisible, delayed } = countMessages(queue, now);
  const created = String(Math.floor(queue.createdAt / 1000));
  const all: Record<string, string> = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(notVisible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(queue.visibilitySeconds),
    MaximumMessageSize: String(queue.longestMessageBytes),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    DelaySeconds: String(queue.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(queue.waitSeconds),
    SqsManagedSseEnabled: String(queue.keyId === undefined),
    ...(queue.keyId === undefined ? {} : { KmsMasterKeyId: queue.keyId }),
    ...(queue.policy === undefined ? {} : { Policy: JSON.stringify(queue.policy) }),
    ...(queue.redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(queue.redrive) }),
  };
  return pick(all, (name) => names.includes('All') || names.includes(name));
}
