import { createHash, type Hash } from 'node:crypto';
import type { MessageAttribute } from './queue.ts';

/** Kinds of values as the digest writes them. */
const STRING_VALUE = 1;
const BINARY_VALUE = 2;

/** MD5 of a body, as hexadecimal digits. */
export function digestOf(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * MD5 of message attributes, as hexadecimal digits; undefined without any.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function digestOfAttributes(
  attributes: Readonly<Record<string, MessageAttribute>>,
): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const { DataType = 'String', StringValue, BinaryValue } = attributes[name] as MessageAttribute;
    updateSized(hash, Buffer.from(name));
    updateSized(hash, Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue === undefined ? STRING_VALUE : BINARY_VALUE]));
    updateSized(hash, Buffer.from(BinaryValue ?? StringValue ?? ''));
  }
  return hash.digest('hex');
}

function updateSized(hash: Hash, data: Buffer): void {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  hash.update(size).update(data);
}
