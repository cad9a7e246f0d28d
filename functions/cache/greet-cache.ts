import { connect } from 'node:tls';
import { PreconditionFailed } from '../errors.ts';
import { cacheFailure } from './cache-failure.ts';
import type { CacheAddress } from './redis-session.ts';

/** Name look-up, TCP, TLS and the answer together. Milliseconds. */
const TIMEOUT_MILLISECONDS = 4000;
/** An answer to PING is a line; more than this is none. Bytes. */
const LONGEST_ANSWER = 1024;
/** Who says this is there, and would like to know who asks. */
const WANTS_A_LOGIN = /^-(?:NOAUTH|NOPERM)\b/;

export interface GreetSettings {
  readonly timeoutMilliseconds?: number;
  /** Certificate authorities in PEM; Node's own and those of NODE_EXTRA_CA_CERTS when not given. */
  readonly authorities?: readonly string[];
}

/**
 * Asks a cache whether it is there, without a token: over TLS, its certificate proved, by one PING.
 *
 * @throws Transient when another attempt may help, PreconditionFailed otherwise, with a sentence for the operator
 */
export async function greetCache(
  { host, port }: CacheAddress,
  { timeoutMilliseconds = TIMEOUT_MILLISECONDS, authorities }: GreetSettings = {},
): Promise<'answers' | 'wants a login'> {
  const address = `${host}:${port}`;
  let line: string;
  try {
    line = await firstLine({ host, port }, timeoutMilliseconds, authorities);
  } catch (error) {
    throw cacheFailure(error, address, { timeoutMilliseconds });
  }
  if (line === '+PONG') return 'answers';
  if (WANTS_A_LOGIN.test(line)) return 'wants a login';
  if (line.startsWith('-'))
    throw cacheFailure({ name: 'ReplyError', message: line.slice(1) }, address, {
      command: 'PING',
      timeoutMilliseconds,
    });
  throw new PreconditionFailed(
    `What listens at ${address} does not answer as Redis and Valkey do. No token was sent.`,
    { address },
  );
}

function firstLine(
  { host, port }: CacheAddress,
  timeoutMilliseconds: number,
  authorities: readonly string[] | undefined,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // `servername` is left to Node.js: it knows that an address is no name.
  const socket = connect({ host, port, ...(authorities === undefined ? {} : { ca: [...authorities] }) });
  const timer = setTimeout(() => reject(new Error('timed out')), timeoutMilliseconds);
  let text = '';
  socket.once('secureConnect', () => socket.write('PING\r\n'));
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    text += piece;
    const end = text.indexOf('\n');
    if (end >= 0) resolve(text.slice(0, end).trimEnd());
    else if (text.length > LONGEST_ANSWER) resolve('');
  });
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('the connection was closed')));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
