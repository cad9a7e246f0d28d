import type { CreatedResource, Machine, Resource, ResourceProvider } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { type SubscriptionAttributes, subscribe } from './subscribe.ts';
import { defaultPolicy, type Topic } from './topic.ts';

/** Creates topics, their policies and subscriptions. */
export function topicProviders(
  machine: Machine,
  topics: Map<string, Topic>,
  find: (arn: string) => Topic,
): ResourceProvider[] {
  function createTopic(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['TopicName', 'DisplayName', 'KmsMasterKeyId', 'Subscription', 'TracingConfig']);
    const { properties } = resource;
    const name: string = properties.TopicName ?? resource.physicalName(256);
    const arn = machine.arn('sns', name);
    if (topics.has(arn)) throw new Error(`a topic named ${name} exists already`);
    const keyId: string | undefined = properties.KmsMasterKeyId;
    if (keyId !== undefined) {
      machine.engines.requireKey(keyId, [], { caller: { kind: 'administrator' }, via: 'sns' });
    }
    const topic: Topic = {
      arn,
      name,
      displayName: properties.DisplayName ?? '',
      keyId,
      policy: defaultPolicy(arn, machine.account),
      subscriptions: [],
    };
    topics.set(arn, topic);
    for (const { Protocol, Endpoint } of properties.Subscription ?? []) subscribe(topic, Protocol, Endpoint);
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  }

  function createPolicy(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['Topics', 'PolicyDocument']);
    for (const arn of resource.properties.Topics) find(arn).policy = resource.properties.PolicyDocument;
    return { ref: resource.physicalName(), attributes: { Id: resource.physicalName() } };
  }

  function createSubscription(resource: Resource): CreatedResource {
    refuseUnknown(resource, [
      'TopicArn',
      'Protocol',
      'Endpoint',
      'Region',
      'RawMessageDelivery',
      'FilterPolicy',
      'FilterPolicyScope',
      'RedrivePolicy',
    ]);
    const { TopicArn, Protocol, Endpoint } = resource.properties;
    const { arn } = subscribe(find(TopicArn), Protocol, Endpoint, attributesOf(resource.properties));
    return { ref: arn, attributes: { Arn: arn } };
  }

  return [
    { type: 'AWS::SNS::Topic', create: createTopic },
    { type: 'AWS::SNS::TopicPolicy', create: createPolicy },
    { type: 'AWS::SNS::Subscription', create: createSubscription },
  ];
}

/** The API's attributes, which are texts, from a template's, which are not. */
function attributesOf(properties: Resource['properties']): SubscriptionAttributes {
  const { RawMessageDelivery, FilterPolicy, FilterPolicyScope, RedrivePolicy } = properties;
  return {
    ...(RawMessageDelivery === undefined ? {} : { RawMessageDelivery: String(RawMessageDelivery) }),
    ...(FilterPolicy === undefined ? {} : { FilterPolicy: JSON.stringify(FilterPolicy) }),
    ...(FilterPolicyScope === undefined ? {} : { FilterPolicyScope }),
    ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  };
}
