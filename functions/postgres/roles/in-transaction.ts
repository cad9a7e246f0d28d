import type { Session } from '../session.ts';

/** Does all of the work, or nothing of it. */
export async function inTransaction<Result>(
  session: Pick<Session, 'query'>,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.query('BEGIN READ WRITE');
  try {
    const result = await work();
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be what failed: then the server rolls back by itself.
    await session.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
