import { randomUUID } from 'node:crypto';

/** A message attribute as the API has it. */
export interface MessageAttribute {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** A message in a queue; times are sandbox milliseconds. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sender: string;
  readonly sentAt: number;
  visibleAt: number;
  firstReceivedAt: number | undefined;
  received: number;
  /** Receipt handle of the latest receive. */
  receipt: string | undefined;
}

/** A standard queue. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly createdAt: number;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly waitSeconds: number;
  readonly retentionSeconds: number;
  readonly longestMessageBytes: number;
  readonly redrive: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined;
  readonly keyId: string | undefined;
  policy: unknown;
  purgedAt: number;
  messages: Message[];
  /** Called when a message may have become visible, for receives that wait. */
  readonly waiting: Set<() => void>;
}

/** What is known of a message before it is in a queue. */
export interface NewMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sender: string;
  readonly delaySeconds?: number | undefined;
}

/** Puts a message in a queue and wakes who waits for one. */
export function addMessage(queue: Queue, message: NewMessage, now: number): Message {
  const added: Message = {
    id: randomUUID(),
    body: message.body,
    attributes: message.attributes,
    sender: message.sender,
    sentAt: now,
    visibleAt: now + (message.delaySeconds ?? queue.delaySeconds) * 1000,
    firstReceivedAt: undefined,
    received: 0,
    receipt: undefined,
  };
  queue.messages.push(added);
  wake(queue);
  return added;
}

/** Wakes the receives that wait at a queue. */
export function wake(queue: Queue): void {
  for (const look of [...queue.waiting]) look();
}

/** Removes what the queue has kept for its whole retention period. */
export function dropExpired(queue: Queue, now: number): void {
  queue.messages = queue.messages.filter(({ sentAt }) => now < sentAt + queue.retentionSeconds * 1000);
}

/**
 * Receives up to `count` visible messages and hides them. Those received too often already leave the queue instead.
 *
 * @returns the messages received, and those for the dead-letter queue
 */
export function takeMessages(
  queue: Queue,
  count: number,
  visibilitySeconds: number,
  now: number,
): { taken: Message[]; dead: Message[] } {
  dropExpired(queue, now);
  const taken: Message[] = [];
  const dead: Message[] = [];
  for (const message of visibleMessages(queue, now)) {
    if (taken.length === count) break;
    if (queue.redrive && message.received >= queue.redrive.maxReceiveCount) {
      dead.push(message);
      continue;
    }
    message.received += 1;
    message.firstReceivedAt ??= now;
    message.receipt = `${message.id}#${randomUUID()}`;
    message.visibleAt = now + visibilitySeconds * 1000;
    taken.push(message);
  }
  if (dead.length > 0) queue.messages = queue.messages.filter((message) => !dead.includes(message));
  return { taken, dead };
}

/** Messages that a receive could give now. */
export function visibleMessages(queue: Queue, now: number): Message[] {
  return queue.messages.filter(({ visibleAt }) => visibleAt <= now);
}

/** How many messages are visible, hidden after a receive, and not yet due. */
export function countMessages(
  queue: Queue,
  now: number,
): { visible: number; notVisible: number; delayed: number } {
  const hidden = queue.messages.filter(({ visibleAt }) => visibleAt > now);
  const delayed = hidden.filter(({ received }) => received === 0).length;
  return {
    visible: queue.messages.length - hidden.length,
    notVisible: hidden.length - delayed,
    delayed,
  };
}
