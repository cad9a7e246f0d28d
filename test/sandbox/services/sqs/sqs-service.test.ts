import * as sdk from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Machine, MetricDatum } from '../../../../sandbox/contract.ts';
import { createSqsService } from '../../../../sandbox/services/sqs/sqs-service.ts';
import { errorName, startServices } from '../start-services.ts';

/** Sandbox seconds per second: visibility time-outs pass while a test waits. */
const SPEED = 60;

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SQSClient;
const metrics: MetricDatum[] = [];
beforeAll(async () => {
  const createNeighbours = (machine: Machine) => {
    machine.engines.putMetric = (datum) => void metrics.push(datum);
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([createNeighbours, createSqsService], { speed: SPEED });
  client = new sdk.SQSClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

let count = 0;
async function createQueue(properties: Record<string, unknown> = {}) {
  const { ref, attributes } = await services.create('AWS::SQS::Queue', properties, `Queue${count++}`);
  return { url: ref, arn: attributes?.Arn as string, name: attributes?.QueueName as string };
}
let QueueUrl: string;
beforeEach(async () => {
  QueueUrl = (await createQueue()).url;
});

const send = (MessageBody: string, input: Partial<sdk.SendMessageCommandInput> = {}) =>
  client.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody, ...input }));
const receive = async (input: Partial<sdk.ReceiveMessageCommandInput> = {}): Promise<sdk.Message[]> => {
  const { Messages = [] } = await client.send(new sdk.ReceiveMessageCommand({ QueueUrl, ...input }));
  return Messages;
};
const bodies = async (input: Partial<sdk.ReceiveMessageCommandInput> = {}) =>
  (await receive({ MaxNumberOfMessages: 10, ...input })).map(({ Body }) => Body);
const remove = (message: sdk.Message | undefined) =>
  client.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
const hide = (message: sdk.Message | undefined, VisibilityTimeout: number) =>
  client.send(
    new sdk.ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: message?.ReceiptHandle,
      VisibilityTimeout,
    }),
  );

describe('a message', () => {
  // The SDK itself checks the digests of bodies and attributes.
  test('comes as it was sent', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'alarm' },
      level: { DataType: 'Number', StringValue: '3' },
      raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const { MessageId } = await send('Grüße', { MessageAttributes });
    expect(await receive({ MessageAttributeNames: ['All'] })).toMatchObject([
      { MessageId, Body: 'Grüße', MessageAttributes },
    ]);
  });

  test('shows only the attributes that were asked for', async () => {
    const MessageAttributes = {
      'app.kind': { DataType: 'String', StringValue: 'alarm' },
      other: { DataType: 'String', StringValue: 'x' },
    };
    await send('body', { MessageAttributes });
    const [message] = await receive({ MessageAttributeNames: ['app.*'] });
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['app.kind']);
    expect(message?.Attributes).toBeUndefined();
  });

  test('is hidden from others once it is received, until its time is over', async () => {
    await send('body');
    const [first] = await receive({ VisibilityTimeout: 30 });
    expect(await bodies()).toEqual([]);
    const [second] = await receive({ WaitTimeSeconds: 20, VisibilityTimeout: 30 }).then(async (found) =>
      found.length > 0 ? found : receive({ WaitTimeSeconds: 20 }),
    );
    expect(second?.MessageId).toBe(first?.MessageId);
  });

  test('counts how often it was received', async () => {
    await send('body');
    const input = {
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['ApproximateReceiveCount' as const],
    };
    const counts = [await receive(input), await receive(input)].map(
      ([message]) => message?.Attributes?.ApproximateReceiveCount,
    );
    expect(counts).toEqual(['1', '2']);
  });

  test('is gone once it is deleted', async () => {
    await send('body');
    const [message] = await receive({ VisibilityTimeout: 0 });
    await remove(message);
    await remove(message);
    expect(await bodies()).toEqual([]);
  });

  test('comes at once when it is shown again', async () => {
    await send('body');
    const [message] = await receive({ VisibilityTimeout: 43_200 });
    await hide(message, 0);
    expect(await bodies()).toEqual(['body']);
  });

  test('that is delayed comes later', async () => {
    const sent = services.machine.clock.now();
    await send('late', { DelaySeconds: 15 });
    expect(await bodies()).toEqual([]);
    expect(await bodies({ WaitTimeSeconds: 20 })).toEqual(['late']);
    expect(services.machine.clock.now() - sent).toBeGreaterThanOrEqual(15_000);
  });

  test('is dropped after the retention period', async () => {
    QueueUrl = (await createQueue({ MessageRetentionPeriod: 60 })).url;
    await send('old');
    await services.machine.clock.sleep(61_000);
    expect(await bodies()).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['without a body', () => send(''), 'MissingParameter'],
    ['with control characters', () => send('a\u0000b'), 'InvalidMessageContents'],
    ['delayed too long', () => send('x', { DelaySeconds: 901 }), 'InvalidParameterValue'],
    [
      'with an attribute of an unknown type',
      () => send('x', { MessageAttributes: { a: { DataType: 'Date', StringValue: '1' } } }),
      'InvalidParameterValue',
    ],
    [
      'with an empty attribute',
      () => send('x', { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } }),
      'InvalidParameterValue',
    ],
    ['received by too many', () => receive({ MaxNumberOfMessages: 11 }), 'InvalidParameterValue'],
    ['waited for too long', () => receive({ WaitTimeSeconds: 21 }), 'InvalidParameterValue'],
    ['hidden too long', () => receive({ VisibilityTimeout: 43_201 }), 'InvalidParameterValue'],
    ['deleted by a made up receipt', () => remove({ ReceiptHandle: 'made up' }), 'ReceiptHandleIsInvalid'],
    ['in no queue', () => send('x', { QueueUrl: `${QueueUrl}-gone` }), 'QueueDoesNotExist'],
  ])('%s is refused', async (_what, call, error) => {
    expect(await errorName(call())).toBe(error);
  });

  test('that nobody has received cannot be hidden', async () => {
    await send('body');
    const [message] = await receive({ VisibilityTimeout: 0 });
    expect(await errorName(hide(message, 10))).toBe('MessageNotInflight');
  });

  test('is not larger than the queue takes, attributes included', async () => {
    QueueUrl = (await createQueue({ MaximumMessageSize: 1024 })).url;
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
    expect(await errorName(send('x'.repeat(1024)))).toBe('no error');
    expect(await errorName(send('x'.repeat(1025)))).toBe('InvalidParameterValue');
    expect(await errorName(send('x'.repeat(1024), { MessageAttributes }))).toBe('InvalidParameterValue');
  });
});

describe('a receive that waits', () => {
  test('has the message as soon as it is sent', async () => {
    const waiting = bodies({ WaitTimeSeconds: 20 });
    await send('now');
    expect(await waiting).toEqual(['now']);
  });

  test('gives up after its time', async () => {
    const before = services.machine.clock.now();
    expect(await bodies({ WaitTimeSeconds: 10 })).toEqual([]);
    expect(services.machine.clock.now() - before).toBeGreaterThanOrEqual(10_000);
  });

  test('shares a message with no other', async () => {
    const waiting = [1, 2, 3].map(() => bodies({ WaitTimeSeconds: 5 }));
    await send('one');
    expect((await Promise.all(waiting)).flat()).toEqual(['one']);
  });
});

describe('a dead-letter queue', () => {
  test('gets what was received too often', async () => {
    const dead = await createQueue();
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
    QueueUrl = (await createQueue({ RedrivePolicy })).url;
    const { MessageId } = await send('poison');
    for (const expected of [['poison'], ['poison'], []])
      expect(await bodies({ VisibilityTimeout: 0 })).toEqual(expected);
    expect(await receive({ QueueUrl: dead.url })).toMatchObject([{ MessageId, Body: 'poison' }]);
  });
});

describe('a batch', () => {
  test('sends what it can and says what it could not', async () => {
    const Entries = [
      { Id: 'a', MessageBody: 'one' },
      { Id: 'b', MessageBody: 'two', DelaySeconds: 901 },
    ];
    const { Successful, Failed } = await client.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful).toMatchObject([{ Id: 'a' }]);
    expect(Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameterValue', SenderFault: true }]);
    expect(await bodies()).toEqual(['one']);
  });

  test('deletes each of its messages', async () => {
    await send('one');
    await send('two');
    const Entries = (await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 0 })).map(
      ({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }),
    );
    await client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(await bodies()).toEqual([]);
  });

  const entry = (Id: string) => ({ Id, MessageBody: 'x' });
  test.each([
    ['of nothing', [], 'EmptyBatchRequest'],
    [
      'of eleven',
      Array.from({ length: 11 }, (_, index) => entry(String(index))),
      'TooManyEntriesInBatchRequest',
    ],
    ['with one id twice', [entry('a'), entry('a')], 'BatchEntryIdsNotDistinct'],
  ])('%s is refused', async (_what, Entries, error) => {
    const sent = client.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(await errorName(sent)).toBe(error);
  });
});

describe('a queue', () => {
  const attributes = async (...AttributeNames: sdk.QueueAttributeName[]) =>
    (await client.send(new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;

  test('counts its messages by what they wait for', async () => {
    for (const body of ['a', 'b', 'c']) await send(body);
    await send('late', { DelaySeconds: 900 });
    await receive({ VisibilityTimeout: 43_200 });
    expect(
      await attributes(
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ),
    ).toEqual({
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
    });
  });

  test('has the attributes of its template', async () => {
    QueueUrl = (await createQueue({ VisibilityTimeout: 60, DelaySeconds: 5 })).url;
    expect(await attributes('All')).toMatchObject({
      VisibilityTimeout: '60',
      DelaySeconds: '5',
      MessageRetentionPeriod: '345600',
      ReceiveMessageWaitTimeSeconds: '0',
    });
  });

  test('shows its redrive policy as it was given', async () => {
    const { arn } = await createQueue();
    QueueUrl = (await createQueue({ RedrivePolicy: { deadLetterTargetArn: arn, maxReceiveCount: 3 } })).url;
    const { RedrivePolicy } = (await attributes('RedrivePolicy')) ?? {};
    expect(JSON.parse(RedrivePolicy ?? '')).toEqual({ deadLetterTargetArn: arn, maxReceiveCount: 3 });
  });

  test('is found by its name', async () => {
    const { url, name } = await createQueue();
    const found = await client.send(new sdk.GetQueueUrlCommand({ QueueName: name }));
    expect(found.QueueUrl).toBe(url);
  });

  test('is empty after a purge, which may not come again at once', async () => {
    await send('body');
    await client.send(new sdk.PurgeQueueCommand({ QueueUrl }));
    expect(await bodies()).toEqual([]);
    expect(await errorName(client.send(new sdk.PurgeQueueCommand({ QueueUrl })))).toBe(
      'PurgeQueueInProgress',
    );
  });

  test('tells CloudWatch each minute what is in it', async () => {
    const { url, name } = await createQueue();
    QueueUrl = url;
    await send('body');
    await expect
      .poll(() => metrics.filter(({ dimensions }) => dimensions.QueueName === name), { timeout: 10_000 })
      .toContainEqual(
        expect.objectContaining({
          namespace: 'AWS/SQS',
          name: 'ApproximateNumberOfMessagesVisible',
          value: 1,
        }),
      );
  });

  test('takes messages of a service only where its policy says', async () => {
    const { url, arn } = await createQueue();
    const topic = 'arn:aws:sns:us-east-1:123456789012:alarms';
    const sendAs = (sourceArn: string) =>
      services.machine.engines.sendMessage(arn, 'body', {
        caller: { kind: 'service', principal: 'sns.amazonaws.com', sourceArn },
      });
    expect(await errorName(sendAs(topic))).toBe('AccessDeniedException');
    await services.create('AWS::SQS::QueuePolicy', {
      Queues: [url],
      PolicyDocument: {
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnEquals: { 'aws:SourceArn': topic } },
        },
      },
    });
    expect(await errorName(sendAs(topic))).toBe('no error');
    expect(await errorName(sendAs(`${topic}-other`))).toBe('AccessDeniedException');
  });

  test('of a name that is taken is not made', async () => {
    await createQueue({ QueueName: 'taken' });
    await expect(createQueue({ QueueName: 'taken' })).rejects.toThrow('taken exists already');
  });

  test('that is first in, first out is refused by name', async () => {
    await expect(createQueue({ FifoQueue: true })).rejects.toThrow('FifoQueue');
  });
});
