import { AwsError, type Caller, type Machine } from '../../contract.ts';
import { addMessage, type Message, type MessageAttribute, type NewMessage, type Queue } from './queue.ts';

/** Most attributes of one message. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MOST_ATTRIBUTES = 10;
const LONGEST_DELAY_SECONDS = 900;

/**
 * Sends as `caller`: the queue's policy, its key and the limits of a message are checked.
 *
 * @throws AwsError `AccessDeniedException`, `InvalidParameterValue`, `InvalidMessageContents`
 */
export function sendMessage(
  machine: Machine,
  queue: Queue,
  message: Omit<NewMessage, 'sender'>,
  caller: Caller,
): Message {
  requireMay(machine, queue, 'SendMessage', caller);
  if (queue.keyId !== undefined)
    machine.engines.requireKey(queue.keyId, ['GenerateDataKey', 'Decrypt'], { caller, via: 'sqs' });
  checkMessage(queue, message);
  return addMessage(queue, { ...message, sender: senderOf(caller) }, machine.clock.now());
}

/** Throws `AccessDeniedException` unless the caller, or the queue's policy, allows the action. */
export function requireMay(machine: Machine, queue: Queue, action: string, caller: Caller): void {
  machine.policies.require(caller, { action: `sqs:${action}`, resource: queue.arn }, queue.policy);
}

/**
 * Refuses a message that SQS would refuse.
 *
 * @throws AwsError `InvalidParameterValue`, `InvalidMessageContents`, `MissingParameter`
 */
export function checkMessage(
  queue: Queue,
  { body, attributes, delaySeconds = 0 }: Omit<NewMessage, 'sender'>,
): void {
  if (body === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (sizeOf(body, attributes) > queue.longestMessageBytes) {
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.longestMessageBytes} bytes.`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what SQS does not take.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(body)) {
    throw new AwsError('InvalidMessageContents', 'The message contains characters outside the allowed set.');
  }
  if (Object.keys(attributes).length > MOST_ATTRIBUTES) {
    throw invalid(
      `Number of message attributes [${Object.keys(attributes).length}] exceeds the allowed maximum [${MOST_ATTRIBUTES}].`,
    );
  }
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute);
  if (!(delaySeconds >= 0 && delaySeconds <= LONGEST_DELAY_SECONDS)) {
    throw invalid(
      `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${LONGEST_DELAY_SECONDS}.`,
    );
  }
}

function checkAttribute(name: string, { DataType = '', StringValue, BinaryValue }: MessageAttribute): void {
  const kind = /^(String|Number|Binary)(\..+)?$/.exec(DataType)?.[1];
  if (kind === undefined) {
    throw invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const value = kind === 'Binary' ? BinaryValue : StringValue;
  if (value === undefined || value.length === 0) {
    throw invalid(`The message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`);
  }
}

function sizeOf(body: string, attributes: Readonly<Record<string, MessageAttribute>>): number {
  const ofAttributes = Object.entries(attributes).map(
    ([name, { DataType = '', StringValue = '', BinaryValue }]) =>
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue?.length ?? Buffer.byteLength(StringValue)),
  );
  return ofAttributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

function senderOf(caller: Caller): string {
  if (caller.kind === 'role') return `${caller.roleArn.split('/').at(-1)}:${caller.session}`;
  return caller.kind === 'service' ? caller.principal : 'administrator';
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
