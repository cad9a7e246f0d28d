import type pg from 'pg';

export const RESTOCK = {
  /** What is logged once the shelves were looked at. */
  line: 'restock:done',
  /** Who looks at the shelves has it; one task at a time. Any number that no other program uses. */
  advisoryLock: 20_261_122,
} as const;

/** Every so often, by the time of day that tasks see: timers know only that of this machine. */
const EVERY_MILLISECONDS = 30_000;
const LOOK_MILLISECONDS = 100;

/** Looks at the shelves again and again, unless another task does. Returns what ends it. */
export function startRestocking(pool: pg.Pool): () => void {
  let next = 0;
  let busy = false;
  const timer = setInterval(async () => {
    if (busy || Date.now() < next) return;
    next = Date.now() + EVERY_MILLISECONDS;
    busy = true;
    try {
      if (await restock(pool)) console.log(RESTOCK.line);
    } catch (error) {
      console.error(`restock: ${(error as Error).message}`);
    } finally {
      busy = false;
    }
  }, LOOK_MILLISECONDS);
  return () => clearInterval(timer);
}

/** Whether it was this task's turn. The lock is gone with its transaction, which is one statement. */
async function restock(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
    RESTOCK.advisoryLock,
  ]);
  return rows[0]?.mine === true;
}
