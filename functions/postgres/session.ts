import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { InvalidInput, PreconditionFailed } from '../errors.ts';
import { databaseAuthorities } from './authorities.ts';
import { connectFailure } from './connect-failure.ts';

/** Where a database is and who asks. A password is never put into a URL: every punctuation mark in it stays what it is. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** How a session behaves. All times in milliseconds, at least 1: no limit at all is not offered. */
export interface SessionSettings {
  /** Name look-up, TCP, TLS and login together. */
  readonly connectTimeoutMilliseconds?: number;
  /** PostgreSQL cancels a statement that takes longer (SQLSTATE 57014). */
  readonly statementTimeoutMilliseconds?: number;
  /** PostgreSQL gives up a statement that waits longer for a lock (55P03): one that queues makes others queue behind it. */
  readonly lockTimeoutMilliseconds?: number;
  /** Transactions are read only unless they say otherwise. True when not given. */
  readonly readOnly?: boolean;
  /** Certificate authorities in PEM that the server's certificate may come from; {@link databaseAuthorities} when not given. */
  readonly authorities?: readonly string[];
}

/** A connection to one database. */
export interface Session {
  /** `host:port/database`, for messages. */
  readonly address: string;
  /** How long it took to connect, in milliseconds. */
  readonly connectMilliseconds: number;
  /** Protocol of the verified TLS connection, such as `TLSv1.3`. */
  readonly tlsProtocol: string;
  readonly statementTimeoutMilliseconds: number;
  /** Runs exactly one statement; PostgreSQL refuses a text with several (42601). */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** Ends the session; never fails, and may be called twice. */
  close(): Promise<void>;
}

/** A database that does not answer must not hold a runbook up. */
const CONNECT_TIMEOUT_MILLISECONDS = 4000;
const STATEMENT_TIMEOUT_MILLISECONDS = 3000;
const LOCK_TIMEOUT_MILLISECONDS = 2000;
/** A server that is gone cancels nothing: this long after it should have, the answer is no longer waited for. */
const ANSWER_MARGIN_MILLISECONDS = 2000;
/** A function that dies within a transaction must not keep its locks and its snapshot. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 60_000;
/** The farewell is a courtesy. */
const CLOSE_TIMEOUT_MILLISECONDS = 1000;
/** What `pg` says when its `query_timeout` is over; it has no code. */
const NO_ANSWER = 'Query read timeout';

/**
 * Connects to a database: the one place where Nightshift does. TLS is always used, and the server's certificate must come from
 * an authority of RDS and carry the host's name (`verify-full`). The settings travel with the login, so that they hold before
 * the first statement and win over those of the role.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
 * @throws Transient when another attempt may help, PreconditionFailed otherwise, with a sentence for the operator
 * @throws InvalidInput when a time is not a positive number or the login is not complete
 */
export async function openSession(login: Login, settings: SessionSettings = {}): Promise<Session> {
  const address = `${login.host}:${login.port}/${login.database}`;
  const connectTimeout = limit(settings.connectTimeoutMilliseconds ?? CONNECT_TIMEOUT_MILLISECONDS);
  const statementTimeout = limit(settings.statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MILLISECONDS);
  const lockTimeout = limit(settings.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS);
  // What is missing `pg` would take from the environment or from the user's own files.
  for (const part of ['host', 'port', 'database', 'user', 'password'] as const)
    if (!login[part])
      throw new InvalidInput(`The login for ${address} has no ${part}. No connection was made.`);
  const client = new pg.Client({
    host: login.host,
    port: login.port,
    database: login.database,
    user: login.user,
    password: login.password,
    // The name that the certificate must carry is the host's: `pg` passes it on.
    ssl: { ca: [...(settings.authorities ?? databaseAuthorities())], rejectUnauthorized: true },
    connectionTimeoutMillis: connectTimeout,
    query_timeout: statementTimeout + ANSWER_MARGIN_MILLISECONDS,
    statement_timeout: statementTimeout,
    lock_timeout: lockTimeout,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    options: `-c default_transaction_read_only=${(settings.readOnly ?? true) ? 'on' : 'off'}`,
    application_name: 'nightshift',
  } as pg.ClientConfig);
  // A session that the server ends would otherwise end this process; the next statement tells it anyway.
  client.on('error', () => {});
  let accepted = false;
  socketOf(client).once('connect', () => {
    accepted = true;
  });
  const started = performance.now();
  try {
    await client.connect();
  } catch (error) {
    socketOf(client).destroy();
    throw connectFailure(error, address, connectTimeout, accepted);
  }
  const connectMilliseconds = performance.now() - started;
  const socket = socketOf(client);
  if (!(socket instanceof TLSSocket) || !socket.authorized) {
    // Not expected from `pg`; but what was promised to be verified is not taken on trust.
    socket.destroy();
    throw new PreconditionFailed(`The connection to ${address} is not verified. No statement was sent.`);
  }
  return {
    address,
    connectMilliseconds,
    tlsProtocol: socket.getProtocol() ?? 'TLS',
    statementTimeoutMilliseconds: statementTimeout,
    async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      try {
        // The extended protocol takes one statement only.
        const query = { text, values: [...values], queryMode: 'extended' };
        return await client.query<Row>(query);
      } catch (error) {
        // Nobody knows what still runs there: the session is of no more use.
        if ((error as Error).message === NO_ANSWER) socketOf(client).destroy();
        throw error;
      }
    },
    close: () => close(client),
  };
}

function limit(milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds >= 1) return Math.round(milliseconds);
  throw new InvalidInput(
    `A time limit must be a number of milliseconds from 1, found ${milliseconds}. No connection was made.`,
  );
}

/** The socket, which `pg` does not show. */
function socketOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

async function close(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => socketOf(client).destroy(), CLOSE_TIMEOUT_MILLISECONDS);
  try {
    await client.end();
  } catch {
    // It is closed either way.
  } finally {
    clearTimeout(timer);
  }
}
