import { AwsError, type Call, type Caller, type Machine, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import type { MessageAttribute } from './message.ts';
import { subscribe } from './subscribe.ts';
import { invalidParameter, PENDING, requireMay, type Subscription, type Topic } from './topic.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the shapes of the SDK's own types.
type Input = any;

/** SNS lists give at most this many at a time; callers cannot choose. */
const PER_PAGE = 100;

/** What can be published. */
export interface Publication {
  readonly text: string;
  readonly subject?: string | undefined;
  readonly structure?: string | undefined;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
}

/** What the operations work on. */
export interface Topics {
  readonly all: ReadonlyMap<string, Topic>;
  find(arn: string): Topic;
  publish(topicArn: string, publication: Publication, caller: Caller): string;
}

/** The API's operations. */
export function snsOperations(machine: Machine, topics: Topics): Record<string, Operation> {
  /** The topic's policy takes part in the decision: permissions are checked where the topic is known. */
  const onTopic = (
    action: string,
    handle: (topic: Topic, input: Input, call: Call) => unknown,
  ): Operation => ({
    permissions: () => [],
    handle(input, call) {
      const topic = topics.find(input.TopicArn);
      requireMay(machine, topic, action, call.caller);
      return handle(topic, input, call);
    },
  });
  const show = (topic: Topic) => (subscription: Subscription) => ({
    SubscriptionArn: subscription.arn,
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    TopicArn: topic.arn,
    Owner: machine.account,
  });

  return {
    Publish: {
      permissions: () => [],
      handle(input, { caller }) {
        if (input.TopicArn === undefined)
          throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
        const publication = {
          text: input.Message,
          subject: input.Subject,
          structure: input.MessageStructure,
          attributes: input.MessageAttributes ?? {},
        };
        return { MessageId: topics.publish(input.TopicArn, publication, caller) };
      },
    },
    Subscribe: onTopic('Subscribe', (topic, input) => {
      const { arn } = subscribe(topic, input.Protocol, input.Endpoint, input.Attributes);
      return {
        SubscriptionArn: arn === PENDING && !input.ReturnSubscriptionArn ? 'pending confirmation' : arn,
      };
    }),
    Unsubscribe: {
      permissions: () => [{ action: 'sns:Unsubscribe', resource: '*' }],
      handle({ SubscriptionArn: arn }) {
        const topic = topics.all.get(arn.slice(0, arn.lastIndexOf(':')));
        if (topic === undefined)
          throw invalidParameter(`SubscriptionArn Reason: ${arn} is not the ARN of a subscription`);
        topic.subscriptions = topic.subscriptions.filter((subscription) => subscription.arn !== arn);
        return {};
      },
    },
    ListTopics: {
      permissions: () => [{ action: 'sns:ListTopics', resource: '*' }],
      handle(input) {
        const { page, nextToken } = paginate([...topics.all.keys()], input.NextToken, PER_PAGE);
        return { Topics: page.map((TopicArn) => ({ TopicArn })), NextToken: nextToken };
      },
    },
    ListSubscriptions: {
      permissions: () => [{ action: 'sns:ListSubscriptions', resource: '*' }],
      handle(input) {
        const all = [...topics.all.values()].flatMap((topic) => topic.subscriptions.map(show(topic)));
        const { page, nextToken } = paginate(all, input.NextToken, PER_PAGE);
        return { Subscriptions: page, NextToken: nextToken };
      },
    },
    ListSubscriptionsByTopic: onTopic('ListSubscriptionsByTopic', (topic, input) => {
      const { page, nextToken } = paginate(topic.subscriptions.map(show(topic)), input.NextToken, PER_PAGE);
      return { Subscriptions: page, NextToken: nextToken };
    }),
    GetTopicAttributes: onTopic('GetTopicAttributes', (topic) => {
      const pending = topic.subscriptions.filter(({ arn }) => arn === PENDING).length;
      return {
        Attributes: {
          TopicArn: topic.arn,
          Owner: machine.account,
          DisplayName: topic.displayName,
          Policy: JSON.stringify(topic.policy),
          SubscriptionsConfirmed: String(topic.subscriptions.length - pending),
          SubscriptionsPending: String(pending),
          SubscriptionsDeleted: '0',
          ...(topic.keyId === undefined ? {} : { KmsMasterKeyId: topic.keyId }),
        },
      };
    }),
    GetSubscriptionAttributes: {
      permissions: () => [{ action: 'sns:GetSubscriptionAttributes', resource: '*' }],
      handle({ SubscriptionArn: arn }) {
        const topic = topics.all.get(arn.slice(0, arn.lastIndexOf(':')));
        const subscription = topic?.subscriptions.find((other) => other.arn === arn);
        if (!topic || !subscription)
          throw new AwsError('NotFoundException', 'Subscription does not exist', { status: 404 });
        const { filter } = subscription;
        return {
          Attributes: {
            ...show(topic)(subscription),
            RawMessageDelivery: String(subscription.raw),
            PendingConfirmation: String(arn === PENDING),
            ...(filter
              ? { FilterPolicy: JSON.stringify(filter.policy), FilterPolicyScope: filter.scope }
              : {}),
          },
        };
      },
    },
  };
}
