import { NormalizedSchema } from '@smithy/core/schema';
import type { Api } from '../contract.ts';
import type { Dialect } from './common-errors.ts';

// biome-ignore lint/suspicious/noExplicitAny: the SDK's static schemas are plain arrays.
type Any = any;

/** An operation as the SDK describes it. */
export interface OperationSchema {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method, path template and success status of REST protocols. */
  readonly http?: readonly [string, string, number];
}

export interface ApiDescription {
  readonly api: Api;
  readonly operations: ReadonlyMap<string, OperationSchema>;
  readonly namespace: string;
  readonly xmlNamespace: string;
  /** What the service speaks when the request does not say. */
  readonly dialect: Dialect;
  /** Whether the bucket of S3 may stand in the host name. */
  readonly bucketInHost: boolean;
  /** Whether the service's own model has this error. */
  declares(error: string): boolean;
  /** Query error codes differ from shape names for some services (`awsQueryError`). */
  errorCode(shape: string): string;
}

/** Kind of an operation among the SDK's static schemas. */
const OPERATION_KIND = 9;

/** The SDK's protocol classes by the start of their name. */
const dialects: ReadonlyArray<[prefix: string, dialect: Dialect]> = [
  ['AwsQuery', 'query'],
  ['AwsRestJson', 'rest-json'],
  ['AwsRestXml', 'rest-xml'],
  ['S3RestXml', 'rest-xml'],
  ['AwsJson', 'json'],
  ['SmithyRpcV2Cbor', 'json'],
];

/**
 * Reads an API's operations from the SDK client's exported schemas.
 *
 * @throws Error for a client that speaks a protocol the wire does not know
 */
export function describeApi(api: Api): ApiDescription {
  const { protocol, settings } = protocolOf(api);
  const dialect = dialects.find(([prefix]) => protocol.startsWith(prefix))?.[1];
  if (dialect === undefined)
    throw new Error(`The wire does not speak ${protocol}, the protocol of ${api.client}.`);
  const bucketInHost = protocol.startsWith('S3');
  const operations = new Map<string, OperationSchema>();
  for (const value of Object.values(api.sdk)) {
    const schema = value as Any;
    if (!Array.isArray(schema) || schema[0] !== OPERATION_KIND) continue;
    const operation = {
      name: schema[2] as string,
      input: NormalizedSchema.of(schema[4]()),
      output: NormalizedSchema.of(schema[5]()),
    };
    const http = schema[3]?.http;
    operations.set(operation.name, {
      ...operation,
      ...(http ? { http: bucketInHost ? withBucket(http, operation.input) : http } : {}),
    });
  }
  const errorShape = (name: string) => api.sdk[`${name}$`] as Any;
  return {
    api,
    operations,
    namespace: settings.defaultNamespace,
    xmlNamespace: settings.xmlNamespace ?? '',
    dialect,
    bucketInHost,
    declares: (name) => Array.isArray(errorShape(name)),
    errorCode: (name) => errorShape(name)?.[3]?.awsQueryError?.[0] ?? name,
  };
}

/** Which protocol a client chooses: only an instance of it knows. */
function protocolOf(api: Api): { protocol: string; settings: Any } {
  const Client = api.sdk[api.client] as Any;
  const client = new Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const { protocol, protocolSettings } = client.config;
  client.destroy();
  return {
    protocol: typeof protocol === 'function' ? protocol.name : protocol.constructor.name,
    settings: protocolSettings,
  };
}

/** S3's templates in the SDK have lost the bucket, which its endpoint rules put in front; the wire puts it back into the path. */
function withBucket(
  http: readonly [string, string, number],
  input: NormalizedSchema,
): [string, string, number] {
  const [method, template, status] = http;
  const hasBucket = input.isStructSchema() && [...input.structIterator()].some(([name]) => name === 'Bucket');
  return [method, hasBucket ? `/{Bucket}${template}` : template, status];
}
