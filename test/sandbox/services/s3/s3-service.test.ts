import { createHash } from 'node:crypto';
import * as sdk from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Service } from '../../../../sandbox/services/s3/s3-service.ts';
import { errorName, startServices } from '../start-services.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.S3Client;
const others: sdk.S3Client[] = [];
let count = 0;
beforeAll(async () => {
  services = await startServices([createS3Service]);
  client = new sdk.S3Client({ ...services.client, forcePathStyle: true });
});
afterAll(async () => {
  for (const other of [client, ...others]) other.destroy();
  await services.close();
});

const createBucket = async (properties: Record<string, unknown> = {}) =>
  (await services.create('AWS::S3::Bucket', properties, `Bucket${count++}`)).ref;
const put = (input: sdk.PutObjectCommandInput, by = client) => by.send(new sdk.PutObjectCommand(input));
const get = (Bucket: string, Key: string, by = client) => by.send(new sdk.GetObjectCommand({ Bucket, Key }));
const list = (input: sdk.ListObjectsV2CommandInput) => client.send(new sdk.ListObjectsV2Command(input));

describe('an object', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await createBucket();
  });

  test('comes back as it was put', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.uint8Array(), async (name, Body) => {
        const Key = `a/${name}`;
        await put({ Bucket, Key, Body });
        const { Body: found, ContentLength } = await get(Bucket, Key);
        expect(Buffer.from((await found?.transformToByteArray()) ?? [])).toEqual(Buffer.from(Body));
        expect(ContentLength).toBe(Body.length);
      }),
      { numRuns: 30 },
    );
  });

  test('keeps its content type and metadata', async () => {
    await put({ Bucket, Key: 'typed', Body: '{}', ContentType: 'application/json', Metadata: { run: '7' } });
    for (const { ContentType, Metadata } of [
      await get(Bucket, 'typed'),
      await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'typed' })),
    ])
      expect({ ContentType, Metadata }).toEqual({ ContentType: 'application/json', Metadata: { run: '7' } });
  });

  test('has the MD5 of its content as its entity tag', async () => {
    const ETag = `"${createHash('md5').update('content').digest('hex')}"`;
    expect((await put({ Bucket, Key: 'tagged', Body: 'content' })).ETag).toBe(ETag);
    expect((await get(Bucket, 'tagged')).ETag).toBe(ETag);
  });

  test('is replaced by the next of its key', async () => {
    await put({ Bucket, Key: 'twice', Body: 'one' });
    await put({ Bucket, Key: 'twice', Body: 'two' });
    expect(await (await get(Bucket, 'twice')).Body?.transformToString()).toBe('two');
  });

  test('is put only where there is none, when asked to', async () => {
    await put({ Bucket, Key: 'once', Body: 'one', IfNoneMatch: '*' });
    await expect(put({ Bucket, Key: 'once', Body: 'two', IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await (await get(Bucket, 'once')).Body?.transformToString()).toBe('one');
  });

  test('is gone once it is deleted, however often', async () => {
    await put({ Bucket, Key: 'short', Body: 'x' });
    for (let round = 0; round < 2; round += 1)
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'short' }));
    expect(await errorName(get(Bucket, 'short'))).toBe('NoSuchKey');
  });

  test.each<[string, () => Promise<unknown>, { name: string; status: number }]>([
    ['a key that is not there', () => get(Bucket, 'gone'), { name: 'NoSuchKey', status: 404 }],
    [
      'the head of a key that is not there',
      () => client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'gone' })),
      { name: 'NotFound', status: 404 },
    ],
    ['a bucket that is not there', () => get('gone', 'a'), { name: 'NoSuchBucket', status: 404 }],
    [
      'putting into a bucket that is not there',
      () => put({ Bucket: 'gone', Key: 'a', Body: 'x' }),
      { name: 'NoSuchBucket', status: 404 },
    ],
    [
      'a part of an object',
      () => client.send(new sdk.GetObjectCommand({ Bucket, Key: 'twice', Range: 'bytes=0-1' })),
      { name: 'NotImplemented', status: 501 },
    ],
    [
      'putting over a certain version',
      () => put({ Bucket, Key: 'twice', Body: 'x', IfMatch: '"0"' }),
      { name: 'NotImplemented', status: 501 },
    ],
  ])('of %s is an error', async (_what, call, { name, status }) => {
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });
});

describe('a list of objects', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await createBucket();
    for (const Key of ['b/2', 'a', 'b/1', 'c', 'b/x/3']) await put({ Bucket, Key, Body: Key });
  });
  const keysOf = ({ Contents = [] }: sdk.ListObjectsV2CommandOutput) => Contents.map(({ Key }) => Key);

  test('is in the order of the keys', async () => {
    const listed = await list({ Bucket });
    expect(keysOf(listed)).toEqual(['a', 'b/1', 'b/2', 'b/x/3', 'c']);
    expect(listed).toMatchObject({ KeyCount: 5, IsTruncated: false });
  });

  test('has only what starts with the prefix', async () => {
    expect(keysOf(await list({ Bucket, Prefix: 'b/' }))).toEqual(['b/1', 'b/2', 'b/x/3']);
  });

  test('counts each folder once', async () => {
    const listed = await list({ Bucket, Delimiter: '/' });
    expect(keysOf(listed)).toEqual(['a', 'c']);
    expect(listed).toMatchObject({ CommonPrefixes: [{ Prefix: 'b/' }], KeyCount: 3 });
  });

  test('has folders below the prefix', async () => {
    const listed = await list({ Bucket, Prefix: 'b/', Delimiter: '/' });
    expect([keysOf(listed), listed.CommonPrefixes]).toEqual([['b/1', 'b/2'], [{ Prefix: 'b/x/' }]]);
  });

  test('comes page after page', async () => {
    const pages: unknown[] = [];
    for await (const page of sdk.paginateListObjectsV2({ client, pageSize: 2 }, { Bucket }))
      pages.push(keysOf(page));
    expect(pages).toEqual([['a', 'b/1'], ['b/2', 'b/x/3'], ['c']]);
  });
});

describe('a role', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await createBucket();
    await put({ Bucket, Key: 'run/1', Body: 'x' });
  });
  let roles = 0;
  function clientWith(...statements: unknown[]): sdk.S3Client {
    const other = new sdk.S3Client({
      ...services.clientOf(`s3-role-${roles++}`, statements),
      forcePathStyle: true,
    });
    others.push(other);
    return other;
  }
  const allow = (Action: string, rest = '') => ({
    Effect: 'Allow',
    Action,
    Resource: `arn:aws:s3:::${Bucket}${rest}`,
  });

  test('may put only where its policy says', async () => {
    const writer = clientWith(allow('s3:PutObject', '/run/*'));
    expect(await errorName(put({ Bucket, Key: 'run/2', Body: 'x' }, writer))).toBe('no error');
    expect(await errorName(put({ Bucket, Key: 'other', Body: 'x' }, writer))).toBe('AccessDenied');
    expect(await errorName(get(Bucket, 'run/2', writer))).toBe('AccessDenied');
  });

  test('that may not list is not told which keys are missing', async () => {
    const reader = clientWith(allow('s3:GetObject', '/*'));
    expect(await errorName(get(Bucket, 'run/1', reader))).toBe('no error');
    expect(await errorName(get(Bucket, 'gone', reader))).toBe('AccessDenied');
  });

  test('that may list is told so', async () => {
    const reader = clientWith(allow('s3:GetObject', '/*'), allow('s3:ListBucket'));
    expect(await errorName(get(Bucket, 'gone', reader))).toBe('NoSuchKey');
  });

  test("may not do what the bucket's policy denies", async () => {
    const guarded = await createBucket();
    await services.create('AWS::S3::BucketPolicy', {
      Bucket: guarded,
      PolicyDocument: {
        Statement: {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${guarded}/*`,
        },
      },
    });
    const role = clientWith({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
    await put({ Bucket: guarded, Key: 'a', Body: 'x' }, role);
    const deletion = role.send(new sdk.DeleteObjectCommand({ Bucket: guarded, Key: 'a' }));
    expect(await errorName(deletion)).toBe('AccessDenied');
  });
});

describe('a bucket', () => {
  test('has its name, ARN and domain names', async () => {
    expect(await services.create('AWS::S3::Bucket', { BucketName: 'evidence' })).toEqual({
      ref: 'evidence',
      attributes: {
        Arn: 'arn:aws:s3:::evidence',
        DomainName: 'evidence.s3.amazonaws.com',
        RegionalDomainName: 'evidence.s3.us-east-1.amazonaws.com',
      },
    });
  });

  test('of a name that is taken is not made', async () => {
    await createBucket({ BucketName: 'taken' });
    await expect(createBucket({ BucketName: 'taken' })).rejects.toThrow('taken exists already');
  });

  test('with a property that the sandbox does not act on is refused by name', async () => {
    await expect(createBucket({ ReplicationConfiguration: {} })).rejects.toThrow('ReplicationConfiguration');
  });
});
