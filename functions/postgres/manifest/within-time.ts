import { type Login, openSession } from '../session.ts';
import { OutOfTime } from '../validate/check.ts';
import type { Connect, Connection, Limits } from './shared-snapshot.ts';

/** A table that takes longer than this is not read; as a manifest is taken by default. Milliseconds. */
const LONGEST_STATEMENT_MILLISECONDS = 600_000;

/**
 * Reads a database for at most so long: the limits hold for each statement, and when the time is over all connections are closed,
 * whatever they do. The server notices it within seconds.
 *
 * @param milliseconds for all of it
 * @throws OutOfTime when the time was over before the work was
 */
export async function withinTime<Result>(
  milliseconds: number,
  connect: Connect,
  work: (connect: Connect, limits: Limits) => Promise<Result>,
): Promise<Result> {
  const open: Connection[] = [];
  const outOfTime = () =>
    new OutOfTime(`not finished, its time of ${Math.max(0, Math.round(milliseconds / 1000))} s was used up`);
  let late = milliseconds < 1;
  if (late) throw outOfTime();
  const timer = setTimeout(() => {
    late = true;
    for (const connection of open) void connection.close();
  }, milliseconds);
  try {
    return await work(
      async () => {
        if (late) throw outOfTime();
        const connection = await connect();
        open.push(connection);
        // It came while the others were being closed.
        if (late) await connection.close();
        return connection;
      },
      {
        statementTimeoutMilliseconds: Math.min(LONGEST_STATEMENT_MILLISECONDS, milliseconds),
        totalTimeoutMilliseconds: milliseconds,
      },
    );
  } catch (error) {
    throw late ? outOfTime() : error;
  } finally {
    clearTimeout(timer);
  }
}

/** How a manifest's connections are opened: its own limits hold in them, so those of the session must not come first. */
export function sessionsOf(login: Login, milliseconds: number): Connect {
  return () =>
    openSession(login, {
      statementTimeoutMilliseconds: Math.max(
        1,
        Math.min(LONGEST_STATEMENT_MILLISECONDS, Math.round(milliseconds)),
      ),
    });
}
