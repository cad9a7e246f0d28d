import { AwsError, type Caller, type Machine } from '../../contract.ts';

/** How a subscription is delivered to. */
export interface Subscription {
  /** `PendingConfirmation` until the endpoint's owner has confirmed it. */
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** Delivers the message itself instead of the envelope around it. */
  readonly raw: boolean;
  readonly filter:
    | { readonly policy: unknown; readonly scope: 'MessageAttributes' | 'MessageBody' }
    | undefined;
  readonly deadLetterArn: string | undefined;
}

export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly displayName: string;
  readonly keyId: string | undefined;
  policy: unknown;
  subscriptions: Subscription[];
}

/** ARN of subscriptions that nobody has confirmed. */
export const PENDING = 'PendingConfirmation';

/**
 * The policy of a topic that was given none: the account's own, and CloudWatch alarms of the account. EventBridge is not
 * among them. A policy of the template's own replaces it whole, so that alarms must be allowed there again.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function defaultPolicy(topicArn: string, account: string): unknown {
  return {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        // SNS takes `*` for CloudWatch too, IAM's own words for that are these.
        Principal: { AWS: '*', Service: 'cloudwatch.amazonaws.com' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: topicArn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  };
}

/** Throws `AccessDeniedException` unless the caller, or the topic's policy, allows the action. */
export function requireMay(machine: Machine, topic: Topic, action: string, caller: Caller): void {
  machine.policies.require(caller, { action: `sns:${action}`, resource: topic.arn }, topic.policy);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter: ${message}`);
}
