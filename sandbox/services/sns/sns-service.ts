import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-sns';
import { AwsError, type Caller, type Machine, type Service } from '../../contract.ts';
import { deliver } from './deliver.ts';
import { readTexts } from './message.ts';
import { type Publication, snsOperations, type Topics } from './sns-operations.ts';
import { requireMay, type Topic } from './topic.ts';
import { topicProviders } from './topic-providers.ts';

/** Simple Notification Service: standard topics that deliver to queues and functions. */
export function createSnsService(machine: Machine): Service {
  const all = new Map<string, Topic>();
  const find = (arn: string): Topic => {
    const topic = all.get(arn);
    if (topic) return topic;
    throw new AwsError('NotFoundException', 'Topic does not exist', { status: 404 });
  };

  function publish(
    topicArn: string,
    { text, subject, structure, attributes = {} }: Publication,
    caller: Caller,
  ): string {
    const topic = find(topicArn);
    requireMay(machine, topic, 'Publish', caller);
    if (topic.keyId !== undefined)
      machine.engines.requireKey(topic.keyId, ['GenerateDataKey', 'Decrypt'], { caller, via: 'sns' });
    const message = {
      id: randomUUID(),
      topicArn,
      subject,
      texts: readTexts(text, subject, structure),
      attributes,
      timestamp: new Date(machine.clock.now()).toISOString(),
    };
    void deliver(machine, topic, message);
    return message.id;
  }

  machine.engines.publish = async (topicArn, message, { caller, subject }) => {
    publish(topicArn, { text: message, subject }, caller);
  };

  const topics: Topics = { all, find, publish };
  return {
    name: 'sns',
    apis: [{ signingNames: ['sns'], sdk, client: 'SNSClient', operations: snsOperations(machine, topics) }],
    providers: topicProviders(machine, all, find),
    close() {},
  };
}
