import { request } from 'node:http';
import * as sdk from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/contract.ts';
import { operation, startTestWire } from './test-wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs are looked at member by member.
type Any = any;

let server: Awaited<ReturnType<typeof startTestWire>>;
let client: sdk.S3Client;
let called: Array<{ name: string; input: Any }> = [];

const answers: Record<string, (input: Any) => unknown> = {
  PutObject: () => ({ ETag: '"etag"' }),
  GetObject: () => ({ Body: Buffer.from('content'), ContentType: 'text/plain', Metadata: { colour: 'red' } }),
  HeadObject: () => ({ ContentLength: 7, LastModified: new Date(1_700_000_000_000) }),
  HeadBucket: () => ({}),
  DeleteObject: () => ({}),
  ListBuckets: () => ({ Buckets: [{ Name: 'one' }] }),
  ListObjectsV2: ({ Bucket }) => ({ Name: Bucket, KeyCount: 1, Contents: [{ Key: 'a&b', Size: 3 }] }),
  DeleteObjects: ({ Delete }) => ({ Deleted: Delete.Objects }),
  GetBucketTagging: () => {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
      status: 404,
      members: { BucketName: 'b' },
    });
  },
};

beforeAll(async () => {
  const operations = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      operation((input) => {
        called.push({ name, input });
        return answer(input);
      }),
    ]),
  );
  server = await startTestWire([{ signingNames: ['s3'], sdk, client: 'S3Client', operations }]);
  client = new sdk.S3Client(server.client);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  called = [];
});

describe('S3', () => {
  test('takes any key there is, with its body', async () => {
    const key = fc.oneof(
      fc.constantFrom(
        'a/b/c',
        '/starts/with/slash',
        'ends/',
        'a//b',
        '../up',
        'a b+c%20',
        'x?y=z&w',
        'ü/日本',
        "it's(1)*!",
      ),
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
        .filter((text) => text !== '.' && text !== '..'),
    );
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 200 }), async (Key, Body) => {
        called = [];
        await client.send(new sdk.PutObjectCommand({ Bucket: 'bucket', Key, Body }));
        expect(called[0]).toMatchObject({ name: 'PutObject', input: { Bucket: 'bucket', Key } });
        expect(Buffer.from(called[0]?.input.Body)).toEqual(Buffer.from(Body));
      }),
      { numRuns: 60 },
    );
  });

  test('tells operations on one path apart', async () => {
    await client.send(new sdk.ListBucketsCommand({}));
    await client.send(new sdk.HeadBucketCommand({ Bucket: 'bucket' }));
    const list = await client.send(new sdk.ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'p/' }));
    await client.send(new sdk.HeadObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    await client.send(new sdk.DeleteObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    expect(called.map(({ name }) => name)).toEqual([
      'ListBuckets',
      'HeadBucket',
      'ListObjectsV2',
      'HeadObject',
      'DeleteObject',
    ]);
    expect(list.Contents).toEqual([{ Key: 'a&b', Size: 3 }]);
  });

  test('answers a body, its headers and its metadata', async () => {
    const { Body, ContentType, Metadata } = await client.send(
      new sdk.GetObjectCommand({ Bucket: 'bucket', Key: 'k' }),
    );
    expect(await Body?.transformToString()).toBe('content');
    expect({ ContentType, Metadata }).toEqual({ ContentType: 'text/plain', Metadata: { colour: 'red' } });
  });

  test('reads an XML body', async () => {
    const Objects = [{ Key: 'a' }, { Key: '<b>&"c"' }];
    const { Deleted } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects } }),
    );
    expect(Deleted).toEqual(Objects);
  });

  test('answers errors in the form of S3', async () => {
    const call = client.send(new sdk.GetBucketTaggingCommand({ Bucket: 'bucket' }));
    await expect(call).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
  });

  test('takes a stream that is signed chunk by chunk', async () => {
    async function* chunks() {
      yield Buffer.alloc(70_000, 'a');
      yield Buffer.alloc(70_000, 'b');
    }
    const { Readable } = await import('node:stream');
    await client.send(
      new sdk.PutObjectCommand({
        Bucket: 'bucket',
        Key: 'stream',
        Body: Readable.from(chunks()),
        ContentLength: 140_000,
      }),
    );
    expect(Buffer.from(called[0]?.input.Body)).toEqual(
      Buffer.concat([Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b')]),
    );
  });

  test('takes the bucket from the host name', async () => {
    const inHost = new sdk.S3Client({ ...server.client, endpoint: `http://localhost:${server.wire.port}` });
    const hosts: string[] = [];
    // Resolving `bucket.localhost` is the business of each machine; the request is made to where it would lead.
    inHost.middlewareStack.add(
      (next) => (args: Any) => {
        const { hostname } = args.request;
        hosts.push(hostname);
        args.request.headers.host = `${hostname}:${server.wire.port}`;
        args.request.hostname = '127.0.0.1';
        return next(args);
      },
      { step: 'finalizeRequest', name: 'toLoopback', priority: 'low' },
    );
    await inHost.send(new sdk.HeadObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    inHost.destroy();
    expect(hosts).toEqual(['bucket.localhost']);
    expect(called[0]).toMatchObject({ name: 'HeadObject', input: { Bucket: 'bucket', Key: 'k' } });
  });

  test('refuses a request that nobody signed', async () => {
    const status = await new Promise((resolve, reject) => {
      request(`${server.wire.endpoint}/bucket/key`, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
