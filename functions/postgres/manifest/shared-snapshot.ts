import type pg from 'pg';

/** A connection to the database: as much of a session as reading needs. */
export interface Connection {
  /** Runs one statement. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: Row[] }>;
  /** Never fails, may be called twice and while a statement runs. */
  close(): Promise<void>;
}

/**
 * Opens a connection; whoever calls this closes it. A limit that the client itself sets to an answer's time must be above
 * {@link Limits.statementTimeoutMilliseconds}.
 */
export type Connect = () => Promise<Connection>;

/** What reading may cost the server. */
export interface Limits {
  /** Connections that read tables at the same time, beside the one that holds the snapshot. */
  readonly workers?: number;
  /** For one table's statement; milliseconds. */
  readonly statementTimeoutMilliseconds?: number;
  /** How long to wait for a lock that DDL holds; milliseconds. */
  readonly lockTimeoutMilliseconds?: number;
  /** The holder of the snapshot is idle while others read; the server ends it after this time. Milliseconds. */
  readonly totalTimeoutMilliseconds?: number;
}

/** One instant of the database, seen by several connections. */
export interface SharedSnapshot {
  /** The connection that holds it. */
  readonly holder: Connection;
  /** `pg_current_snapshot()` as text. */
  readonly text: string;
  /** The server's clock when it was taken, ISO 8601. */
  readonly takenAt: string;
  /** Does the work for each item on one of the workers; answers in the items' order. The first error ends it all. */
  forEach<Item, Result>(
    items: readonly Item[],
    work: (worker: Connection, item: Item) => Promise<Result>,
  ): Promise<Result[]>;
}

const DEFAULTS = {
  workers: 2,
  statementTimeoutMilliseconds: 600_000,
  lockTimeoutMilliseconds: 5000,
  totalTimeoutMilliseconds: 3_600_000,
} as const satisfies Required<Limits>;

/**
 * A row's text, and so its digest, depends on these. Row-level security is off so that a policy that would hide rows is an
 * error: half a table must not look like a table. A server
 * whose client is gone (a Lambda function that ran out of time) stops reading for it soon; this needs PostgreSQL 14.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const SETTINGS = {
  search_path: '',
  datestyle: 'ISO, YMD',
  intervalstyle: 'iso_8601',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  row_security: 'off',
  jit: 'off',
  client_connection_check_interval: '10s',
  application_name: 'nightshift-manifest',
};

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/**
 * Shares one snapshot among several connections, as pg_dump's parallel mode does. A worker imports it anew for each item: the
 * lock on a table is then held only while that table is read, and a thousand tables do not fill the server's lock table.
 *
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */
export async function withSharedSnapshot<Result>(
  connect: Connect,
  limits: Limits,
  use: (snapshot: SharedSnapshot) => Promise<Result>,
): Promise<Result> {
  const limit = { ...DEFAULTS, ...limits };
  const settings = Object.entries({
    ...SETTINGS,
    statement_timeout: milliseconds(limit.statementTimeoutMilliseconds),
    lock_timeout: milliseconds(limit.lockTimeoutMilliseconds),
    idle_in_transaction_session_timeout: milliseconds(limit.totalTimeoutMilliseconds),
  });
  const set = `SELECT ${settings.map(([name, value]) => `set_config('${name}', '${value}', false)`).join(', ')}`;
  const open: Connection[] = [];
  const session = async () => {
    const connection = await connect();
    open.push(connection);
    await connection.query(set);
    return connection;
  };
  try {
    const holder = await session();
    await holder.query(BEGIN);
    const { rows } = await holder.query<{ id: string; text: string; at: string }>(`
      SELECT pg_export_snapshot() AS id, pg_current_snapshot()::text AS text,
        to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at`);
    const [taken] = rows as [(typeof rows)[0]];
    return await use({
      holder,
      text: taken.text,
      takenAt: taken.at,
      async forEach<Item, Result>(
        items: readonly Item[],
        work: (worker: Connection, item: Item) => Promise<Result>,
      ) {
        const results: Result[] = [];
        const queue = items.entries();
        let failure: { readonly error: unknown } | undefined;
        const drain = async () => {
          try {
            const worker = await session();
            // One iterator for all: whoever is free takes the next.
            for (const [place, item] of queue) {
              if (failure) return;
              // The snapshot's name is the server's own: hexadecimal digits and dashes.
              await worker.query(BEGIN);
              await worker.query(`SET TRANSACTION SNAPSHOT '${taken.id}'`);
              results[place] = await work(worker, item);
              await worker.query('COMMIT');
            }
          } catch (error) {
            if (failure) return;
            failure = { error };
            // What the others are still reading would be of no use.
            for (const connection of open) void connection.close();
          }
        };
        const workers = Math.min(limit.workers, items.length);
        await Promise.all(Array.from({ length: workers }, drain));
        if (failure) throw (failure as { error: unknown }).error;
        return results;
      },
    });
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
  }
}

function milliseconds(limit: number): string {
  return `${Math.max(1, Math.round(limit))}ms`;
}
