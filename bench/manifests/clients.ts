import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { BenchLogin } from './contenders.ts';

const ROUNDS = 3;
/** Each phase lasts at least this long; work that is over sooner is begun anew. */
const PHASE_MILLISECONDS = 4000;
/** Between two transactions of the client: one that never thinks would have a processor to itself. */
const PAUSE_MILLISECONDS = 2;
const ORDERS = 6_000_000;
const CARTS = 100_000;

/**
 * Milliseconds of each transaction (one row read by its key, another written by its key) of one client while other work is done,
 * phase by phase, round after round.
 */
export async function clientLatencies<Phase extends string>(
  { host, port, user, password }: BenchLogin,
  database: string,
  phases: Readonly<Record<Phase, (() => Promise<unknown>) | undefined>>,
): Promise<Record<Phase, number[]>> {
  const client = new pg.Client({ host, port, user, password, database, ssl: { rejectUnauthorized: false } });
  await client.connect();
  try {
    const latencies = {} as Record<Phase, number[]>;
    for (let round = 0; round < ROUNDS; round += 1)
      for (const phase of Object.keys(phases) as Phase[]) {
        const measured = await measure(client, phases[phase] ?? (() => pause(PHASE_MILLISECONDS)));
        latencies[phase] = [...(latencies[phase] ?? []), ...measured];
      }
    return latencies;
  } finally {
    await client.end();
  }
}

async function measure(client: pg.Client, work: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  let working = true;
  const load = (async () => {
    while (working) await work();
  })();
  const end = performance.now() + PHASE_MILLISECONDS;
  while (performance.now() < end) {
    const begun = performance.now();
    await client.query('SELECT total FROM orders WHERE id = $1', [1 + Math.floor(Math.random() * ORDERS)]);
    await client.query('UPDATE carts SET items = items + 1 WHERE id = $1', [
      1 + Math.floor(Math.random() * CARTS),
    ]);
    latencies.push(performance.now() - begun);
    await pause(PAUSE_MILLISECONDS);
  }
  working = false;
  await load;
  return latencies;
}
