import type pg from 'pg';
import type { Session } from '../session.ts';
import { OutOfTime } from './check.ts';
import { ROLLBACK } from './select-read-only.ts';

/** A statement is not begun with less time than this, in milliseconds. */
const SHORTEST_MILLISECONDS = 20;

/**
 * The same session under a time budget: a statement may take no longer than what is left of it, and once nothing is left,
 * none is sent.
 *
 * @param milliseconds from now on
 * @throws OutOfTime from `query`, when the budget is used up
 */
export function withBudget(session: Session, milliseconds: number): Session {
  const deadline = performance.now() + milliseconds;
  return {
    ...session,
    async query<Row extends pg.QueryResultRow>(statement: string, values?: readonly unknown[]) {
      // A transaction must be ended whatever the time, and in a failed one nothing else is taken.
      if (statement === ROLLBACK) return session.query<Row>(statement);
      const left = Math.floor(deadline - performance.now());
      if (left < SHORTEST_MILLISECONDS)
        throw new OutOfTime(`not reached, the time budget of ${milliseconds} ms was used up`);
      if (left < session.statementTimeoutMilliseconds) await session.query(`SET statement_timeout = ${left}`);
      return session.query<Row>(statement, values);
    },
  };
}
