import { createHash, randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-s3';
import {
  AwsError,
  type Call,
  type Caller,
  type Machine,
  type Operation,
  type Permission,
  type Service,
} from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';

interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly metadata: Record<string, string>;
  readonly changedAt: number;
}
interface Bucket {
  readonly name: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
  policy: unknown;
}

/** What would change the answer, and is refused for that. */
const NOT_IMPLEMENTED = ['Range', 'PartNumber', 'VersionId', 'IfMatch', 'IfModifiedSince', 'StartAfter'];

/** Simple Storage Service: buckets of a template, their objects kept in memory. */
export function createS3Service(machine: Machine): Service {
  const buckets = new Map<string, Bucket>();
  const arnOf = (bucket: string, key?: string) =>
    `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
  const find = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (!bucket)
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
        status: 404,
        members: { BucketName: name },
      });
    return bucket;
  };
  /** That a key is not there is told only to who may list the keys; others are denied. */
  const findObject = (name: string, key: string, caller: Caller): StoredObject => {
    const bucket = find(name);
    const object = bucket.objects.get(key);
    if (object) return object;
    machine.policies.require(caller, { action: 's3:ListBucket', resource: arnOf(name) }, bucket.policy);
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', {
      status: 404,
      members: { Key: key },
    });
  };
  /** The bucket's policy is needed to decide, so the check is made where the bucket is known. */
  const guarded = (
    permission: (input: never) => Permission,
    handle: (input: never, call: Call) => unknown,
  ): Operation => ({
    permissions: () => [],
    handle(input, call) {
      machine.policies.require(call.caller, permission(input as never), find(input.Bucket).policy);
      const unknown = NOT_IMPLEMENTED.filter((name) => input[name] !== undefined);
      if (unknown.length > 0)
        throw new AwsError('NotImplemented', `The sandbox does not act on ${unknown.join(', ')}.`, {
          status: 501,
        });
      return handle(input as never, call);
    },
  });
  const head = (object: StoredObject) => ({
    ETag: object.etag,
    ContentType: object.contentType,
    ContentLength: object.body.length,
    LastModified: new Date(object.changedAt),
    Metadata: object.metadata,
  });

  const operations = {
    PutObject: guarded(
      (input: { Bucket: string; Key: string }) => ({
        action: 's3:PutObject',
        resource: arnOf(input.Bucket, input.Key),
      }),
      (input: {
        Bucket: string;
        Key: string;
        Body?: Uint8Array;
        ContentType?: string;
        Metadata?: Record<string, string>;
        IfNoneMatch?: string;
      }) => {
        const bucket = find(input.Bucket);
        if (input.IfNoneMatch === '*' && bucket.objects.has(input.Key)) {
          throw new AwsError(
            'PreconditionFailed',
            'At least one of the pre-conditions you specified did not hold',
            { status: 412 },
          );
        }
        const body = Buffer.from(input.Body ?? []);
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        bucket.objects.set(input.Key, {
          body,
          etag,
          contentType: input.ContentType ?? 'binary/octet-stream',
          metadata: input.Metadata ?? {},
          changedAt: machine.clock.now(),
        });
        return { ETag: etag, ServerSideEncryption: 'AES256' };
      },
    ),
    GetObject: guarded(
      (input: { Bucket: string; Key: string }) => ({
        action: 's3:GetObject',
        resource: arnOf(input.Bucket, input.Key),
      }),
      (input: { Bucket: string; Key: string }, { caller }) => {
        const object = findObject(input.Bucket, input.Key, caller);
        return { ...head(object), Body: object.body };
      },
    ),
    HeadObject: guarded(
      (input: { Bucket: string; Key: string }) => ({
        action: 's3:GetObject',
        resource: arnOf(input.Bucket, input.Key),
      }),
      (input: { Bucket: string; Key: string }, { caller }) =>
        head(findObject(input.Bucket, input.Key, caller)),
    ),
    DeleteObject: guarded(
      (input: { Bucket: string; Key: string }) => ({
        action: 's3:DeleteObject',
        resource: arnOf(input.Bucket, input.Key),
      }),
      (input: { Bucket: string; Key: string }) => {
        find(input.Bucket).objects.delete(input.Key);
        return {};
      },
    ),
    ListObjectsV2: guarded(
      (input: { Bucket: string; Prefix?: string }) => ({
        action: 's3:ListBucket',
        resource: arnOf(input.Bucket),
        conditions: { 's3:prefix': input.Prefix ?? '' },
      }),
      (input: {
        Bucket: string;
        Prefix?: string;
        Delimiter?: string;
        MaxKeys?: number;
        ContinuationToken?: string;
      }) => {
        const prefix = input.Prefix ?? '';
        const { objects } = find(input.Bucket);
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
        const folder = (key: string) => {
          const end = input.Delimiter ? key.indexOf(input.Delimiter, prefix.length) : -1;
          return end < 0 ? undefined : key.slice(0, end + (input.Delimiter as string).length);
        };
        const folders = [...new Set(keys.map(folder).filter((value) => value !== undefined))];
        const { page, nextToken } = paginate(
          keys.filter((key) => folder(key) === undefined),
          input.ContinuationToken,
          input.MaxKeys ?? 1000,
        );
        return {
          Name: input.Bucket,
          Prefix: prefix,
          KeyCount: page.length + folders.length,
          MaxKeys: input.MaxKeys ?? 1000,
          IsTruncated: nextToken !== undefined,
          NextContinuationToken: nextToken,
          Contents: page.map((key) => {
            const object = objects.get(key) as StoredObject;
            return {
              Key: key,
              ETag: object.etag,
              Size: object.body.length,
              LastModified: new Date(object.changedAt),
              StorageClass: 'STANDARD',
            };
          }),
          CommonPrefixes: folders.map((Prefix) => ({ Prefix })),
        };
      },
    ),
    ListBuckets: {
      permissions: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
      handle: () => ({
        Buckets: [...buckets.values()].map(({ name, createdAt }) => ({
          Name: name,
          CreationDate: createdAt,
        })),
      }),
    },
  } satisfies Record<string, Operation>;

  const as = (caller: Caller): Call => ({
    caller,
    requestId: randomUUID(),
    signal: new AbortController().signal,
  });
  machine.engines.getObject = async (Bucket, Key, { caller }) =>
    (await operations.GetObject.handle({ Bucket, Key }, as(caller))).Body;
  machine.engines.putObject = async (Bucket, Key, content, { caller, contentType: ContentType }) => {
    await operations.PutObject.handle({ Bucket, Key, Body: Buffer.from(content), ContentType }, as(caller));
  };

  return {
    name: 's3',
    apis: [{ signingNames: ['s3'], sdk, client: 'S3Client', operations }],
    providers: [
      {
        type: 'AWS::S3::Bucket',
        create(resource) {
          refuseUnknown(resource, [
            'BucketName',
            'BucketEncryption',
            'PublicAccessBlockConfiguration',
            'VersioningConfiguration',
            'LifecycleConfiguration',
            'OwnershipControls',
            'LoggingConfiguration',
            'AccessControl',
          ]);
          const name: string = (resource.properties.BucketName ?? resource.physicalName(63)).toLowerCase();
          if (buckets.has(name)) throw new Error(`a bucket named ${name} exists already`);
          buckets.set(name, {
            name,
            createdAt: new Date(machine.clock.now()),
            objects: new Map(),
            policy: undefined,
          });
          return {
            ref: name,
            attributes: {
              Arn: arnOf(name),
              DomainName: `${name}.s3.amazonaws.com`,
              RegionalDomainName: `${name}.s3.${machine.region}.amazonaws.com`,
            },
          };
        },
      },
      {
        type: 'AWS::S3::BucketPolicy',
        create(resource) {
          find(resource.properties.Bucket).policy = resource.properties.PolicyDocument;
          return { ref: resource.physicalName() };
        },
      },
    ],
    close() {},
  };
}
