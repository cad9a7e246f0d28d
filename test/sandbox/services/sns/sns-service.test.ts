import * as sdk from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createSnsService } from '../../../../sandbox/services/sns/sns-service.ts';
import { errorName, startServices } from '../start-services.ts';

// biome-ignore lint/suspicious/noExplicitAny: deliveries are JSON.
type Json = any;

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SNSClient;
/** What arrived, by the ARN of the queue or function. */
const arrived = new Map<string, Json[]>();
const attributesOf = new Map<string, Json>();
/** Endpoints that take nothing. */
const closed = new Set<string>();
beforeAll(async () => {
  const createNeighbours = (machine: Machine) => {
    const arrive = (arn: string, what: Json) => {
      if (closed.has(arn)) throw new Error(`${arn} is closed`);
      arrived.set(arn, [...(arrived.get(arn) ?? []), what]);
    };
    machine.engines.sendMessage = async (arn, body, { attributes }) => {
      arrive(arn, body);
      attributesOf.set(arn, attributes);
    };
    machine.engines.invokeFunction = async (arn, payload) => {
      arrive(arn, payload);
      return { payload: null };
    };
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([createNeighbours, createSnsService]);
  client = new sdk.SNSClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

let count = 0;
const createTopic = async (properties: Record<string, unknown> = {}) =>
  (await services.create('AWS::SNS::Topic', properties, `Topic${count++}`)).ref;
let TopicArn: string;
beforeEach(async () => {
  TopicArn = await createTopic();
});

const endpoint = (protocol: string) => `arn:aws:${protocol}:us-east-1:123456789012:endpoint-${count++}`;
/** Subscribes a new endpoint; gives its ARN. */
async function subscribe(Attributes: Record<string, string> = {}, Protocol = 'sqs'): Promise<string> {
  const Endpoint = endpoint(Protocol);
  await client.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
  return Endpoint;
}
const publish = (Message: string, input: Partial<sdk.PublishCommandInput> = {}) =>
  client.send(new sdk.PublishCommand({ TopicArn, Message, ...input }));
const at = (arn: string) => arrived.get(arn) ?? [];

describe('a message', () => {
  test('comes to a queue in its envelope', async () => {
    const queue = await subscribe();
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'alarm' } };
    const { MessageId } = await publish('body', { Subject: 'About', MessageAttributes });
    expect(at(queue).map((text) => JSON.parse(text))).toEqual([
      {
        Type: 'Notification',
        MessageId,
        TopicArn,
        Subject: 'About',
        Message: 'body',
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        MessageAttributes: { kind: { Type: 'String', Value: 'alarm' } },
      },
    ]);
  });

  test('comes to a queue raw when that was asked for', async () => {
    const queue = await subscribe({ RawMessageDelivery: 'true' });
    await publish('body', { MessageAttributes: { kind: { DataType: 'String', StringValue: 'alarm' } } });
    expect([at(queue), attributesOf.get(queue)]).toEqual([['body'], { kind: 'alarm' }]);
  });

  test('comes to a function as a record', async () => {
    const fn = await subscribe({}, 'lambda');
    const { MessageId } = await publish('body');
    expect(at(fn)).toMatchObject([
      {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn: expect.stringContaining(`${TopicArn}:`),
            Sns: { MessageId, Message: 'body', Subject: null, MessageAttributes: {} },
          },
        ],
      },
    ]);
  });

  test('has a text for each protocol when it says so', async () => {
    const queue = await subscribe({ RawMessageDelivery: 'true' });
    const fn = await subscribe({}, 'lambda');
    await publish(JSON.stringify({ default: 'all', sqs: 'queues' }), { MessageStructure: 'json' });
    expect(at(queue)).toEqual(['queues']);
    expect(at(fn)[0].Records[0].Sns.Message).toBe('all');
  });

  test('comes to all who subscribed, and only once to who did so twice', async () => {
    const queues = [await subscribe(), await subscribe()];
    await client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queues[0] as string }));
    await publish('body');
    expect(queues.map((queue) => at(queue).length)).toEqual([1, 1]);
  });

  test('comes no more to who unsubscribed', async () => {
    const queue = await subscribe();
    const { Subscriptions = [] } = await client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn }));
    const { SubscriptionArn } = Subscriptions[0] ?? {};
    await client.send(new sdk.UnsubscribeCommand({ SubscriptionArn }));
    await publish('body');
    expect(at(queue)).toEqual([]);
  });

  test('comes to the others when one does not take it, and to its dead-letter queue', async () => {
    const dead = endpoint('sqs');
    const broken = await subscribe({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead }) });
    const queue = await subscribe();
    closed.add(broken);
    await publish('body');
    expect(at(queue)).toHaveLength(1);
    await expect.poll(() => at(dead).map((text) => JSON.parse(text).Message)).toEqual(['body']);
    expect(services.log.join('\n')).toContain(`could not deliver to ${broken}`);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['without a text', () => publish(''), 'InvalidParameterException'],
    ['with more than 256 KiB', () => publish('x'.repeat(262_145)), 'InvalidParameterException'],
    ['with a long subject', () => publish('x', { Subject: 's'.repeat(101) }), 'InvalidParameterException'],
    ['with a subject of two lines', () => publish('x', { Subject: 'a\nb' }), 'InvalidParameterException'],
    [
      'for protocols that is no JSON',
      () => publish('x', { MessageStructure: 'json' }),
      'InvalidParameterException',
    ],
    [
      'for protocols without a default',
      () => publish('{"sqs":"x"}', { MessageStructure: 'json' }),
      'InvalidParameterException',
    ],
    ['to no topic', () => publish('x', { TopicArn: `${TopicArn}-gone` }), 'NotFoundException'],
  ])('%s is refused', async (_what, call, error) => {
    expect(await errorName(call())).toBe(error);
  });

  test('may have 256 KiB', async () => {
    expect(await errorName(publish('x'.repeat(262_144)))).toBe('no error');
  });
});

describe('a filter policy', () => {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });

  test.each<[string, Json, Record<string, sdk.MessageAttributeValue>, boolean]>([
    ['the value', { kind: ['alarm'] }, { kind: text('alarm') }, true],
    ['another value', { kind: ['alarm'] }, { kind: text('ok') }, false],
    ['no such attribute', { kind: ['alarm'] }, {}, false],
    ['one of several', { kind: ['a', { prefix: 'al' }] }, { kind: text('alarm') }, true],
    ['only one of two', { a: ['1'], b: ['1'] }, { a: text('1') }, false],
    [
      'a number',
      { level: [{ numeric: ['>=', 3] }] },
      { level: { DataType: 'Number', StringValue: '3.0' } },
      true,
    ],
    ['a number as text', { level: [3] }, { level: text('3') }, false],
    [
      'a value in a list',
      { kinds: ['b'] },
      { kinds: { DataType: 'String.Array', StringValue: '["a","b"]' } },
      true,
    ],
  ])('with %s', async (_what, policy, MessageAttributes, passes) => {
    const queue = await subscribe({ FilterPolicy: JSON.stringify(policy) });
    await publish('body', { MessageAttributes });
    expect(at(queue)).toHaveLength(passes ? 1 : 0);
  });

  test.each<[string, string, boolean]>([
    ['that matches', '{"detail":{"state":"ALARM"}}', true],
    ['that does not match', '{"detail":{"state":"OK"}}', false],
    ['that is no JSON', 'ALARM', false],
  ])('looks into a body %s', async (_what, body, passes) => {
    const queue = await subscribe({
      FilterPolicyScope: 'MessageBody',
      FilterPolicy: JSON.stringify({ detail: { state: ['ALARM'] } }),
    });
    await publish(body);
    expect(at(queue)).toHaveLength(passes ? 1 : 0);
  });
});

describe('a subscription', () => {
  const by = (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
    client.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));

  test('by mail waits to be confirmed, and gets nothing', async () => {
    expect((await by('email', 'a@example.com')).SubscriptionArn).toBe('pending confirmation');
    const { Attributes } = await client.send(new sdk.GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ SubscriptionsPending: '1', SubscriptionsConfirmed: '0' });
    expect(await errorName(publish('body'))).toBe('no error');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['by a protocol that the sandbox does not deliver', () => by('https', 'https://example.com')],
    ['of a queue that is no ARN', () => by('sqs', 'queue')],
    ['of a function under the protocol of queues', () => by('sqs', endpoint('lambda'))],
    ['of no mail address', () => by('email', 'somebody')],
    ['with an unknown attribute', () => by('sqs', endpoint('sqs'), { DeliveryPolicy: '{}' })],
    ['of a function, raw', () => by('lambda', endpoint('lambda'), { RawMessageDelivery: 'true' })],
    ['with a filter that is no JSON', () => by('sqs', endpoint('sqs'), { FilterPolicy: 'x' })],
  ])('%s is refused', async (_what, call) => {
    expect(await errorName(call())).toBe('InvalidParameterException');
  });

  test('of a template has its filter and is raw', async () => {
    const Endpoint = endpoint('sqs');
    const { ref } = await services.create('AWS::SNS::Subscription', {
      TopicArn,
      Protocol: 'sqs',
      Endpoint,
      RawMessageDelivery: true,
      FilterPolicy: { kind: ['alarm'] },
    });
    const { Attributes } = await client.send(
      new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn: ref }),
    );
    expect(Attributes).toMatchObject({
      Endpoint,
      RawMessageDelivery: 'true',
      FilterPolicy: '{"kind":["alarm"]}',
      FilterPolicyScope: 'MessageAttributes',
    });
  });
});

describe('who may publish', () => {
  const publishAs = (principal: string) =>
    services.machine.engines.publish(TopicArn, 'body', {
      caller: { kind: 'service', principal, sourceArn: 'arn:aws:x:us-east-1:123456789012:y' },
    });
  const allow = (Principal: unknown) =>
    services.create('AWS::SNS::TopicPolicy', {
      Topics: [TopicArn],
      PolicyDocument: {
        Statement: { Effect: 'Allow', Action: 'sns:Publish', Resource: TopicArn, Principal },
      },
    });

  test.each([
    ['cloudwatch.amazonaws.com', 'no error'],
    ['events.amazonaws.com', 'AccessDeniedException'],
  ])('to a topic without a policy of its own: %s, %s', async (principal, outcome) => {
    expect(await errorName(publishAs(principal))).toBe(outcome);
  });

  test('to a topic with a policy is only who is in it', async () => {
    await allow({ Service: 'events.amazonaws.com' });
    expect(await errorName(publishAs('events.amazonaws.com'))).toBe('no error');
    expect(await errorName(publishAs('cloudwatch.amazonaws.com'))).toBe('AccessDeniedException');
  });

  test('is a role that its own policy allows to, and no other', async () => {
    const clientWith = (name: string, statements: unknown[]) =>
      new sdk.SNSClient(services.clientOf(name, statements));
    await allow({ Service: 'events.amazonaws.com' });
    const may = clientWith('may', [{ Effect: 'Allow', Action: 'sns:Publish', Resource: TopicArn }]);
    const mayNot = clientWith('may-not', []);
    const as = (role: sdk.SNSClient) =>
      errorName(role.send(new sdk.PublishCommand({ TopicArn, Message: 'x' })));
    expect([await as(may), await as(mayNot)]).toEqual(['no error', 'AuthorizationErrorException']);
    may.destroy();
    mayNot.destroy();
  });
});
