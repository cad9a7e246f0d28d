import type { Caller, Machine } from '../../contract.ts';
import { envelopeOf, type PublishedMessage, passesFilter, textFor } from './message.ts';
import { PENDING, type Subscription, type Topic } from './topic.ts';

/** Delivers a message to every confirmed subscription whose filter it passes. Never rejects. */
export async function deliver(machine: Machine, topic: Topic, message: PublishedMessage): Promise<void> {
  const caller: Caller = { kind: 'service', principal: 'sns.amazonaws.com', sourceArn: topic.arn };
  const due = topic.subscriptions.filter((subscription) => subscription.arn !== PENDING);
  await Promise.all(
    due.map(async (subscription) => {
      try {
        if (passesFilter(subscription, message)) await deliverOne(machine, subscription, message, caller);
      } catch (error) {
        await bury(machine, subscription, message, caller, error as Error);
      }
    }),
  );
}

async function deliverOne(
  machine: Machine,
  subscription: Subscription,
  message: PublishedMessage,
  caller: Caller,
): Promise<void> {
  if (subscription.protocol === 'lambda') {
    const record = {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: subscription.arn,
      Sns: { Subject: null, MessageAttributes: {}, ...envelopeOf(message, 'lambda') },
    };
    await machine.engines.invokeFunction(
      subscription.endpoint,
      { Records: [record] },
      { caller, type: 'event' },
    );
    return;
  }
  await machine.engines.sendMessage(subscription.endpoint, bodyFor(subscription, message), {
    caller,
    ...(subscription.raw ? { attributes: textAttributes(message) } : {}),
  });
}

function bodyFor(subscription: Subscription, message: PublishedMessage): string {
  return subscription.raw ? textFor(message, 'sqs') : JSON.stringify(envelopeOf(message, 'sqs'));
}

function textAttributes({ attributes }: PublishedMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { StringValue }]) =>
      StringValue === undefined ? [] : [[name, StringValue]],
    ),
  );
}

/**
 * What cannot be delivered goes to the subscription's dead-letter queue. SNS tries server errors again for days; here the
 * only ones are what a retry cannot mend: an endpoint that is not there, or that does not allow the topic.
 */
async function bury(
  machine: Machine,
  subscription: Subscription,
  message: PublishedMessage,
  caller: Caller,
  reason: Error,
): Promise<void> {
  machine.log(`sns: ${message.topicArn} could not deliver to ${subscription.endpoint}: ${reason.message}`);
  if (subscription.deadLetterArn === undefined) return;
  try {
    await machine.engines.sendMessage(subscription.deadLetterArn, bodyFor(subscription, message), { caller });
  } catch (error) {
    machine.log(`sns: ${subscription.deadLetterArn} did not take it either: ${(error as Error).message}`);
  }
}
