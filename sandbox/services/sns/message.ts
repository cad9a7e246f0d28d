import { matchesPattern } from '../events/match-pattern.ts';
import { invalidParameter, type Subscription } from './topic.ts';

/** A message attribute as the API has it. */
export interface MessageAttribute {
  readonly DataType?: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

/** A published message. */
export interface PublishedMessage {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** The text for each protocol; `default` for the others. */
  readonly texts: Readonly<Record<string, string>> & { readonly default: string };
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** Limits of one message. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_SUBJECT = 100;
const LONGEST_MESSAGE_BYTES = 262_144;

/**
 * Checks a message and reads its texts: with the structure `json`, one for each protocol.
 *
 * @throws AwsError `InvalidParameterException` naming the parameter
 */
export function readTexts(
  message: string,
  subject: string | undefined,
  structure: string | undefined,
): PublishedMessage['texts'] {
  if (subject !== undefined && !isSubject(subject)) throw invalidParameter('Subject');
  if (message === '') throw invalidParameter('Empty message');
  if (Buffer.byteLength(message) > LONGEST_MESSAGE_BYTES) throw invalidParameter('Message too long');
  if (structure === undefined) return { default: message };
  if (structure !== 'json') throw invalidParameter('MessageStructure');
  let texts: unknown;
  try {
    texts = JSON.parse(message);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const read = texts as PublishedMessage['texts'] | null;
  if (typeof read?.default !== 'string')
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  return read;
}

/** Printable ASCII, not starting with white space. */
function isSubject(subject: string): boolean {
  return subject.length <= LONGEST_SUBJECT && /^[\x21-\x7e][\x20-\x7e]*$/.test(subject);
}

/** The text that a protocol gets. */
export function textFor(message: PublishedMessage, protocol: string): string {
  return message.texts[protocol] ?? message.texts.default;
}

/** The envelope in which queues get a message, unless they asked for it raw. */
export function envelopeOf(message: PublishedMessage, protocol: string): Record<string, unknown> {
  const attributes = Object.entries(message.attributes).map(([name, attribute]) => [
    name,
    {
      Type: attribute.DataType,
      Value: attribute.StringValue ?? Buffer.from(attribute.BinaryValue ?? []).toString('base64'),
    },
  ]);
  return {
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: message.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: textFor(message, protocol),
    Timestamp: message.timestamp,
    ...(attributes.length === 0 ? {} : { MessageAttributes: Object.fromEntries(attributes) }),
  };
}

/**
 * Whether a subscription's filter policy lets a message through.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function passesFilter(subscription: Pick<Subscription, 'filter'>, message: PublishedMessage): boolean {
  if (subscription.filter === undefined) return true;
  const { policy, scope } = subscription.filter;
  if (scope === 'MessageAttributes') return matchesPattern(policy, attributeValues(message));
  try {
    return matchesPattern(policy, JSON.parse(message.texts.default));
  } catch (error) {
    // A body that is not JSON passes no filter on the body.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function attributeValues({ attributes }: PublishedMessage): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue }]) => {
      if (DataType === 'Number') return [name, Number(StringValue)];
      return [name, DataType === 'String.Array' ? JSON.parse(StringValue ?? '[]') : StringValue];
    }),
  );
}
