import type { CreatedResource, Machine, Resource, ResourceProvider } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import type { Queue } from './queue.ts';

/** What a queue has that says nothing else. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
const DEFAULTS = {
  visibilitySeconds: 30,
  retentionSeconds: 345_600,
  longestMessageBytes: 1_048_576,
} as const;

/** Creates queues and their policies. */
export function queueProviders(
  machine: Machine,
  queues: Map<string, Queue>,
  findByUrl: (url: string) => Queue,
): ResourceProvider[] {
  function createQueue(resource: Resource): CreatedResource {
    refuseUnknown(resource, [
      'QueueName',
      'VisibilityTimeout',
      'DelaySeconds',
      'ReceiveMessageWaitTimeSeconds',
      'MessageRetentionPeriod',
      'MaximumMessageSize',
      'RedrivePolicy',
      'SqsManagedSseEnabled',
      'KmsMasterKeyId',
      'KmsDataKeyReusePeriodSeconds',
    ]);
    const { properties } = resource;
    const name: string = properties.QueueName ?? resource.physicalName(80);
    if (queues.has(name)) throw new Error(`a queue named ${name} exists already`);
    const keyId: string | undefined = properties.KmsMasterKeyId;
    if (keyId !== undefined) {
      machine.engines.requireKey(keyId, [], { caller: { kind: 'administrator' }, via: 'sqs' });
    }
    const queue: Queue = {
      name,
      arn: machine.arn('sqs', name),
      url: `${machine.endpoint}/${machine.account}/${name}`,
      createdAt: machine.clock.now(),
      visibilitySeconds: Number(properties.VisibilityTimeout ?? DEFAULTS.visibilitySeconds),
      delaySeconds: Number(properties.DelaySeconds ?? 0),
      waitSeconds: Number(properties.ReceiveMessageWaitTimeSeconds ?? 0),
      retentionSeconds: Number(properties.MessageRetentionPeriod ?? DEFAULTS.retentionSeconds),
      longestMessageBytes: Number(properties.MaximumMessageSize ?? DEFAULTS.longestMessageBytes),
      redrive: redriveOf(properties.RedrivePolicy),
      keyId,
      policy: undefined,
      purgedAt: Number.NEGATIVE_INFINITY,
      messages: [],
      waiting: new Set(),
    };
    queues.set(name, queue);
    return { ref: queue.url, attributes: { Arn: queue.arn, QueueName: name, QueueUrl: queue.url } };
  }

  function createPolicy(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['Queues', 'PolicyDocument']);
    for (const url of resource.properties.Queues) findByUrl(url).policy = resource.properties.PolicyDocument;
    return { ref: resource.physicalName(), attributes: { Id: resource.physicalName() } };
  }

  return [
    { type: 'AWS::SQS::Queue', create: createQueue },
    { type: 'AWS::SQS::QueuePolicy', create: createPolicy },
  ];
}

function redriveOf(
  policy: { deadLetterTargetArn: string; maxReceiveCount: number | string } | undefined,
): Queue['redrive'] {
  if (policy === undefined) return undefined;
  return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount) };
}
