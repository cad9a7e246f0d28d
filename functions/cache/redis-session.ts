import { TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { InvalidInput, PreconditionFailed } from '../errors.ts';
import { cacheFailure } from './cache-failure.ts';

/** Where a cache answers. */
export interface CacheAddress {
  readonly host: string;
  readonly port: number;
}

/** How a session behaves. Times in milliseconds, at least 1: no limit at all is not offered. */
export interface CacheSettings {
  /** Name look-up, TCP and TLS together. */
  readonly connectTimeoutMilliseconds?: number;
  /** So long an answer is waited for. */
  readonly commandTimeoutMilliseconds?: number;
  /** Certificate authorities in PEM that the server's certificate may come from; Node's own and those of NODE_EXTRA_CA_CERTS when not given. */
  readonly authorities?: readonly string[];
}

/** An authenticated connection to one node of a cache. */
export interface CacheSession {
  /** `host:port`, for messages. */
  readonly address: string;
  /** How long it took to connect and to authenticate. */
  readonly connectMilliseconds: number;
  /** Runs one command. The errors of {@link openCache}, with the name of the command and none of its arguments. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Ends the session; never fails, and may be called twice. */
  close(): void;
}

/** A cache that does not answer must not hold a runbook up. */
const CONNECT_TIMEOUT_MILLISECONDS = 4000;
const COMMAND_TIMEOUT_MILLISECONDS = 3000;
/** What our connections are called on the server, so that they can be told from those of consumers. */
export const CONNECTION_NAME = 'nightshift';

/**
 * Connects to a cache: the one place where Nightshift does. TLS is always used, and the server's certificate must carry the host's
 * name. The token is sent by AUTH alone, never as part of a URL; a server that asks for none is refused, since it would take any.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
 * @throws Transient when another attempt may help, PreconditionFailed otherwise, with a sentence for the operator; see `isTokenRefused`
 * @throws InvalidInput when a time is not a positive number or the address or the token is missing
 */
export async function openCache(
  { host, port }: CacheAddress,
  token: string,
  settings: CacheSettings = {},
): Promise<CacheSession> {
  const address = `${host}:${port}`;
  const connectTimeout = limit(settings.connectTimeoutMilliseconds ?? CONNECT_TIMEOUT_MILLISECONDS);
  const commandTimeout = limit(settings.commandTimeoutMilliseconds ?? COMMAND_TIMEOUT_MILLISECONDS);
  // What is missing the client would take from its own defaults.
  if (!host || !port || !token)
    throw new InvalidInput(
      `The login for the cache ${address} has no ${!host ? 'host' : !port ? 'port' : 'token'}. No connection was made.`,
    );
  const client = new Redis({
    host,
    port,
    // The name that the certificate must carry is the host's.
    tls: { rejectUnauthorized: true, ...(settings.authorities ? { ca: [...settings.authorities] } : {}) },
    protocol: 2,
    connectTimeout,
    commandTimeout,
    lazyConnect: true,
    // One connection, which is gone when it is gone: whoever asked tries again, and knows that it does.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  let broken: unknown;
  // Without a listener a connection that breaks would be written to the console.
  client.on('error', (error) => {
    broken ??= error;
  });
  const close = () => client.disconnect();
  const started = performance.now();
  const run = async (name: string, args: readonly (string | number)[]): Promise<unknown> => {
    try {
      return await client.call(name, ...args);
    } catch (error) {
      // Nobody knows what still comes on this connection: it is of no more use after anything but an answer of the server.
      if ((error as Error).name !== 'ReplyError') close();
      throw cacheFailure(broken ?? error, address, { command: name, timeoutMilliseconds: commandTimeout });
    }
  };
  try {
    await client.connect();
  } catch (error) {
    close();
    throw cacheFailure(broken ?? error, address, { timeoutMilliseconds: connectTimeout });
  }
  if (!isVerified(client)) {
    close();
    throw new PreconditionFailed(
      `The connection to the cache ${address} is not verified. No token was sent.`,
    );
  }
  try {
    await run('AUTH', [token]);
    await run('CLIENT', ['SETNAME', CONNECTION_NAME]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    address,
    connectMilliseconds: performance.now() - started,
    command: (name, ...args) => run(name, args),
    close,
  };
}

/** Runs `use` with a session, and closes it. */
export async function withCache<T>(
  address: CacheAddress,
  token: string,
  settings: CacheSettings,
  use: (session: CacheSession) => Promise<T>,
): Promise<T> {
  const session = await openCache(address, token, settings);
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** What was promised to be verified is not taken on trust. */
function isVerified(client: Redis): boolean {
  const { stream } = client as unknown as { stream: unknown };
  return stream instanceof TLSSocket && stream.authorized;
}

function limit(milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds >= 1) return Math.round(milliseconds);
  throw new InvalidInput(
    `A time limit must be a number of milliseconds from 1, found ${milliseconds}. No connection was made.`,
  );
}
