import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface ClientLogin {
  readonly username: string;
  readonly password: string;
}

/** What clients met with. */
export interface Met {
  readonly logins: number;
  readonly refused: number;
  /** Of the client that was refused the longest: from the first refusal to the next login that was taken. */
  readonly refusedMilliseconds: number;
}

/** SQLSTATE of a refused user name or password. */
const WRONG_PASSWORD = '28P01';
/** Between two logins of a client: those that never pause would leave the rotation no processor. */
const PAUSE_MILLISECONDS = 20;

/**
 * Clients that log in and out all the time, until they are stopped; each at least once after that.
 *
 * @param address where to, without the login
 * @param logins one for each client: the login that it uses this time
 */
export function reconnect(address: pg.ClientConfig, logins: ReadonlyArray<() => Promise<ClientLogin>>) {
  let stopped = false;
  const clients = logins.map(async (login) => {
    const met = { logins: 0, refused: 0, refusedMilliseconds: 0 };
    let since: number | undefined;
    for (let last = false; !last; ) {
      last = stopped;
      const accepted = await tryOnce(address, await login());
      met.logins += 1;
      if (!accepted) {
        met.refused += 1;
        since ??= performance.now();
      } else if (since !== undefined) {
        met.refusedMilliseconds += performance.now() - since;
        since = undefined;
      }
      await pause(PAUSE_MILLISECONDS);
    }
    if (since !== undefined) throw new Error('A client is refused still.');
    return met;
  });
  return async (): Promise<Met> => {
    stopped = true;
    return together(await Promise.all(clients));
  };
}

export function together(all: readonly Met[]): Met {
  const sum = (of: (met: Met) => number) => all.reduce((total, met) => total + of(met), 0);
  return {
    logins: sum(({ logins }) => logins),
    refused: sum(({ refused }) => refused),
    refusedMilliseconds: Math.max(0, ...all.map(({ refusedMilliseconds }) => refusedMilliseconds)),
  };
}

async function tryOnce(address: pg.ClientConfig, { username, password }: ClientLogin): Promise<boolean> {
  const client = new pg.Client({ ...address, user: username, password, application_name: 'client' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    if ((error as { code?: string }).code === WRONG_PASSWORD) return false;
    throw error;
  }
  await client.end();
  return true;
}
