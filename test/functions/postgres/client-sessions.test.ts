import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ClientSession,
  clientSessions,
  countSessions,
  endSessions,
} from '../../../functions/postgres/client-sessions.ts';
import { aDatabase, PASSWORD } from './validate/a-database.ts';

const database = aDatabase();
const clients: pg.Client[] = [];
const { signal } = new AbortController();
const PACE = { grace: 200, settle: 300, interval: 20 };

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => {});
});

/** A client of the application; `onEnd` hears when the server ends it. */
async function connect(application: string, onEnd: () => void = () => {}): Promise<pg.Client> {
  const client = new pg.Client({
    ...database.login,
    password: PASSWORD,
    application_name: application,
    ssl: { ca: database.authority },
  });
  client.on('error', () => {});
  client.once('end', onEnd);
  await client.connect();
  clients.push(client);
  return client;
}

describe('the sessions of clients', () => {
  it('are those of others, in all databases, and none of our own', async () => {
    const session = await database.open();
    await database.open();
    expect(await clientSessions(session)).toEqual([]);
    const client = await connect('worker');
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    expect(await clientSessions(session)).toEqual([
      { pid: rows[0].pid, startedAt: expect.any(String), user: 'app', application: 'worker' },
    ]);
  });

  it('may go by themselves', async () => {
    const session = await database.open();
    const client = await connect('worker');
    setTimeout(() => void client.end(), 80);
    expect(await endSessions(session, { ...PACE, grace: 5000 }, signal)).toEqual({ ended: 0, left: [] });
  });

  it('are ended when they stay, after whoever asks has said so', async () => {
    const session = await database.open();
    let stayed: readonly ClientSession[] = [];
    const gone = new Promise<void>((resolve) => void connect('worker', resolve));
    await expect.poll(() => clientSessions(session)).toHaveLength(1);
    const ending = await endSessions(session, PACE, signal, async (sessions) => {
      stayed = sessions;
    });
    expect(ending).toEqual({ ended: 1, left: [] });
    expect(countSessions(stayed)).toBe('1 of app (worker)');
    await gone;
  });

  it('are left when they come back at once', async () => {
    const session = await database.open();
    let comes = true;
    const stay = (): void => void connect('pool', () => comes && stay());
    stay();
    await expect.poll(() => clientSessions(session)).toHaveLength(1);
    const { ended, left } = await endSessions(session, PACE, signal);
    comes = false;
    expect(ended).toBe(1);
    expect(countSessions(left)).toBe('1 of app (pool)');
  });

  it('are left when they belong to a superuser', async () => {
    await database.administer(`CREATE ROLE root SUPERUSER LOGIN PASSWORD 'correct horse'`);
    const client = new pg.Client({
      ...database.login,
      user: 'root',
      password: 'correct horse',
      ssl: { ca: database.authority },
    });
    await client.connect();
    clients.push(client);
    const session = await database.open();
    expect(await endSessions(session, PACE, signal)).toMatchObject({
      ended: 0,
      left: [{ user: 'root', application: '' }],
    });
  });

  it('are counted by who they are', () => {
    const one = (user: string, application: string) => ({ pid: 1, startedAt: null, user, application });
    expect(countSessions([one('etl', ''), one('app', 'web'), one('app', 'web'), one('app', 'worker')])).toBe(
      '2 of app (web), 1 of etl, 1 of app (worker)',
    );
  });
});
