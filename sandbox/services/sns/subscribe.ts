import { randomUUID } from 'node:crypto';
import { invalidParameter, PENDING, type Subscription, type Topic } from './topic.ts';

/** Protocols that are delivered on this machine, and those that wait for a person who would confirm them. */
const DELIVERED = ['sqs', 'lambda'];
const RECORDED = ['email', 'email-json'];

/** Attributes of a subscription, as the API has them: texts. */
export interface SubscriptionAttributes {
  readonly RawMessageDelivery?: string;
  readonly FilterPolicy?: string;
  readonly FilterPolicyScope?: string;
  readonly RedrivePolicy?: string;
}

const KNOWN_ATTRIBUTES = ['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy'];

/**
 * Subscribes an endpoint to a topic; the same endpoint twice is one subscription.
 *
 * @throws AwsError `InvalidParameterException`
 */
export function subscribe(
  topic: Topic,
  protocol: string,
  endpoint: string | undefined,
  attributes: SubscriptionAttributes = {},
): Subscription {
  if (![...DELIVERED, ...RECORDED].includes(protocol)) {
    throw invalidParameter(`Protocol: the sandbox does not deliver by ${protocol}`);
  }
  if (endpoint === undefined || !isEndpoint(protocol, endpoint))
    throw invalidParameter(`${protocol} endpoint`);
  const unknown = Object.keys(attributes).filter((name) => !KNOWN_ATTRIBUTES.includes(name));
  if (unknown.length > 0) throw invalidParameter(`AttributeName: ${unknown.join(', ')}`);
  const same = topic.subscriptions.find(
    (other) => other.protocol === protocol && other.endpoint === endpoint,
  );
  if (same) return same;
  const subscription: Subscription = {
    arn: DELIVERED.includes(protocol) ? `${topic.arn}:${randomUUID()}` : PENDING,
    protocol,
    endpoint,
    raw: readRaw(protocol, attributes.RawMessageDelivery),
    filter: readFilter(attributes),
    deadLetterArn: readJson('RedrivePolicy', attributes.RedrivePolicy)?.deadLetterTargetArn as
      | string
      | undefined,
  };
  topic.subscriptions.push(subscription);
  return subscription;
}

function isEndpoint(protocol: string, endpoint: string): boolean {
  if (RECORDED.includes(protocol)) return /^[^@\s]+@[^@\s]+$/.test(endpoint);
  return endpoint.startsWith(`arn:aws:${protocol}:`);
}

function readRaw(protocol: string, text = 'false'): boolean {
  if (text !== 'true' && text !== 'false')
    throw invalidParameter('Attributes Reason: RawMessageDelivery: Invalid value');
  if (text === 'true' && protocol !== 'sqs') {
    throw invalidParameter('Attributes Reason: RawMessageDelivery: not supported for this protocol');
  }
  return text === 'true';
}

function readFilter({
  FilterPolicy,
  FilterPolicyScope = 'MessageAttributes',
}: SubscriptionAttributes): Subscription['filter'] {
  const policy = readJson('FilterPolicy', FilterPolicy);
  if (policy === undefined) return undefined;
  if (FilterPolicyScope !== 'MessageAttributes' && FilterPolicyScope !== 'MessageBody') {
    throw invalidParameter('Attributes Reason: FilterPolicyScope: Invalid value');
  }
  return { policy, scope: FilterPolicyScope };
}

function readJson(name: string, text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(`${name}: failed to parse JSON`);
  }
}
