import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, AwsError } from '../contract.ts';
import { authenticate, type FindSigner } from './authenticate.ts';
import { plainBody, readBody } from './body.ts';
import { codecFor } from './codecs.ts';
import { inDialect } from './common-errors.ts';
import { type RestRequest, type RestResponse, splitTarget } from './http-message.ts';
import { type ApiDescription, describeApi } from './operations.ts';
import { perform, type Surroundings } from './perform.ts';
import { readCredential } from './signature.ts';

export interface Wire {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  /** Serves an API from now on. */
  add(api: Api): void;
  close(): Promise<void>;
}

/** How long a call that "timed out" is left hanging before its connection is cut, in real milliseconds. */
const HANG_MILLISECONDS = 400;

/** Idle connections stay for as long as Node.js clients reuse them, in milliseconds. */
const KEEP_ALIVE_MILLISECONDS = 30_000;

/** Starts the one endpoint that speaks for every AWS service of the sandbox, on a free port of 127.0.0.1. */
export async function startWire(
  options: Surroundings & { findSigner: FindSigner; log: (line: string) => void },
): Promise<Wire> {
  const descriptions = new Map<string, ApiDescription>();
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error) => {
      options.log(`wire: ${error instanceof Error ? error.stack : String(error)}`);
      incoming.socket.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const headers = headersOf(incoming);
    const method = incoming.method ?? 'GET';
    const { path, query } = splitTarget(incoming.url ?? '/');
    let request: RestRequest = {
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      body: Buffer.alloc(0),
    };
    let description: ApiDescription | undefined;
    try {
      const signed = { method, path, query, headers, body: await readBody(incoming) };
      const credential = readCredential(signed);
      description = descriptions.get(credential.service);
      const caller = authenticate(signed, credential, options.findSigner);
      if (!description) {
        throw new AwsError(
          'UnsupportedOperation',
          `The sandbox does not implement the service '${credential.service}'.`,
          {
            status: 501,
          },
        );
      }
      if (description.bucketInHost)
        request = { ...request, path: withBucketOfHost(path, headers.host ?? '') };
      request = { ...request, body: plainBody(headers, signed.body) };
      const result = await perform(description, request, { caller, requestId, signal: gone.signal }, options);
      if (result === 'silence') hang(incoming);
      else send(response, result);
    } catch (error) {
      const known = inDialect(asAwsError(error), description);
      send(response, codecFor(description, request).error(description, known, requestId));
    }
  }

  /** What the sandbox itself got wrong is logged; the caller learns only that it happened. */
  function asAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    options.log(`wire: ${error instanceof Error ? error.stack : String(error)}`);
    return new AwsError('InternalFailure', 'The sandbox failed; its log says why.', { status: 500 });
  }

  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    add(api) {
      const description = describeApi(api);
      for (const name of api.signingNames) descriptions.set(name, description);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A connection that breaks without an answer: all that a client sees of a call that timed out. */
function hang(incoming: IncomingMessage): void {
  setTimeout(() => incoming.socket.destroy(), HANG_MILLISECONDS).unref();
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const entries = Object.entries(incoming.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

/** S3 takes the bucket from the path or from the host name (`bucket.localhost`); here it always becomes the path's first part. */
function withBucketOfHost(path: string, host: string): string {
  const bucket = /^(.+?)\.(?:s3\.)?(?:localhost)(?::\d+)?$/.exec(host)?.[1];
  return bucket === undefined || bucket === 's3' ? path : `/${bucket}${path}`;
}

function send(response: ServerResponse, result: RestResponse): void {
  const empty = result.status === 204 || result.status === 304;
  response.writeHead(result.status, {
    ...result.headers,
    // An answer to HEAD says the length of what it does not carry.
    ...(empty || result.headers['content-length'] !== undefined
      ? {}
      : { 'content-length': String(result.body.length) }),
  });
  response.end(empty ? undefined : result.body);
}
