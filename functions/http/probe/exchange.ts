import type { LookupAddress } from 'node:dns';
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { decoded } from './decode.ts';
import { ProbeFailure, toFailure } from './failure.ts';
import type { ProbeLimits } from './limits.ts';

/** A server that does not know `Expect` says nothing to it; the body is sent then. Milliseconds, as RFC 9110 leaves to the client. */
const CONTINUE_MILLISECONDS = 1000;
/** Interim answers (1xx) that are put up with; one or two are usual. */
const MOST_INTERIM_ANSWERS = 8;

export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Takes the pieces of a body. */
export type Receive = (chunk: Buffer) => void;

export interface Question {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Ask whether the body is wanted before it is sent. */
  readonly expectContinue: boolean;
}

export interface ExchangeSettings {
  /** Where to connect to; the name is not looked up again. */
  readonly addresses: readonly LookupAddress[];
  readonly limits: Pick<ProbeLimits, 'connectMilliseconds' | 'firstByteMilliseconds' | 'bytes'>;
  /** Aborts with the failure that is to be told. */
  readonly signal: AbortSignal;
  /** Authorities to trust (PEM) instead of the usual ones. */
  readonly authorities: readonly string[] | undefined;
  /** Decides about the body once the head is there: it is given to what this returns. */
  readonly receive: (head: Head) => Receive;
}

export interface Exchange extends Head {
  readonly bytes: number;
  /** The body was longer than is read. */
  readonly truncated: boolean;
  readonly connectMilliseconds: number;
  readonly firstByteMilliseconds: number;
  /** When the certificate that was shown expires. */
  readonly certificateExpiresAt: Date | undefined;
}

/** One question and its answer over a connection of its own, without redirects. */
export async function exchange(question: Question, settings: ExchangeSettings): Promise<Exchange> {
  const { limits, signal } = settings;
  const started = performance.now();
  const passed = () => performance.now() - started;
  let connected = Number.NaN;
  let certificateExpiresAt: Date | undefined;
  let status: number | undefined;
  const client = open(question, settings);
  let clientError: Error | undefined;
  // Stays for good: a connection can also fail after the answer.
  client.on('error', (error) => {
    clientError ??= error;
  });
  const cut = (kind: 'timeout' | 'protocol', why: string) => client.destroy(new ProbeFailure(kind, why));
  const timers = {
    connect: setTimeout(
      () => cut('timeout', `did not take a connection within ${limits.connectMilliseconds} ms`),
      limits.connectMilliseconds,
    ),
    firstByte: setTimeout(
      () => cut('timeout', `did not answer within ${limits.firstByteMilliseconds} ms`),
      limits.firstByteMilliseconds,
    ),
  };
  const onAbort = () => client.destroy(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  client.once('socket', (socket: Socket) =>
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      clearTimeout(timers.connect);
      connected = passed();
      if (socket instanceof TLSSocket) certificateExpiresAt = new Date(socket.getPeerCertificate().valid_to);
    }),
  );
  try {
    const response = await headOf(client, cut);
    clearTimeout(timers.firstByte);
    const firstByteMilliseconds = passed();
    status = response.statusCode ?? 0;
    const head = { status, headers: response.headers };
    const body = await readBody(response, settings.receive(head), limits.bytes, signal);
    return { ...head, ...body, connectMilliseconds: connected, firstByteMilliseconds, certificateExpiresAt };
  } catch (error) {
    // What the client says is wrong with an answer is told by the answer itself as a mere break.
    throw toFailure(signal.aborted ? signal.reason : (clientError ?? error), status);
  } finally {
    for (const timer of Object.values(timers)) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    // Also ends what is still being sent to a server that has answered already.
    client.destroy();
  }
}

function open(
  { url, method, headers, body, expectContinue }: Question,
  { addresses, authorities }: ExchangeSettings,
): ClientRequest {
  const pinned: LookupFunction = (_, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  try {
    const client = send(url, {
      method,
      // A pooled connection would say nothing about new ones, and may be dead since Lambda froze.
      agent: false,
      lookup: pinned,
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-length': body.length }),
        ...(expectContinue ? { expect: '100-continue' } : {}),
      },
    });
    if (expectContinue && body !== undefined) sendWhenWanted(client, body);
    else client.end(body);
    return client;
  } catch (error) {
    throw toFailure(error);
  }
}

function sendWhenWanted(client: ClientRequest, body: Buffer): void {
  const forget = () => clearTimeout(timer);
  const send = () => {
    forget();
    client.end(body);
  };
  const timer = setTimeout(send, CONTINUE_MILLISECONDS);
  client.flushHeaders();
  client.once('continue', send);
  // An answer without the body means that it is not wanted.
  client.once('response', forget);
  client.once('close', forget);
}

function headOf(
  client: ClientRequest,
  cut: (kind: 'protocol', why: string) => void,
): Promise<IncomingMessage> {
  let interim = 0;
  return new Promise((resolve, reject) => {
    client.once('response', resolve);
    client.once('error', reject);
    client.once('upgrade', (_, socket) => {
      // The socket is the listener's own from here on, and so are its errors.
      socket.on('error', () => {}).destroy();
      reject(new ProbeFailure('protocol', 'switched to another protocol'));
    });
    client.on('information', () => {
      interim += 1;
      if (interim > MOST_INTERIM_ANSWERS) cut('protocol', 'answered with nothing but interim answers');
    });
    client.once('close', () =>
      reject(new ProbeFailure('reset', 'could not be reached: it broke the connection off')),
    );
  });
}

async function readBody(
  response: IncomingMessage,
  receive: Receive,
  limit: number,
  signal: AbortSignal,
): Promise<{ bytes: number; truncated: boolean }> {
  let bytes = 0;
  for await (const chunk of decoded(response) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    const room = limit - bytes;
    if (chunk.length > room) {
      receive(chunk.subarray(0, room));
      return { bytes: limit, truncated: true };
    }
    bytes += chunk.length;
    receive(chunk);
  }
  return { bytes, truncated: false };
}
