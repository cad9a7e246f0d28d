import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type Login,
  openSession,
  type Session,
  type SessionSettings,
} from '../../../../functions/postgres/session.ts';
import { type StartedMachine, startMachine } from '../../../../sandbox/machine.ts';
import { type PostgresServer, startPostgres } from '../../../../sandbox/postgres/server.ts';

/** Every punctuation mark of ASCII, a space, and a letter beyond it. */
export const PASSWORD = ` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ä`;
const LITERAL = `'${PASSWORD.replaceAll("'", "''")}'`;

/** A PostgreSQL for the tests of one file; all is there once they run. */
export interface Database {
  readonly server: PostgresServer;
  /** The sandbox's certificate authority, PEM. */
  readonly authority: string;
  readonly login: Login;
  /** Opens a session as the user `app`; it is closed after the test. */
  open(settings?: SessionSettings, login?: Partial<Login>): Promise<Session>;
  /** Runs statements as superuser in the database `shop`. */
  administer(...statements: string[]): Promise<void>;
}

/** Starts a server with a database `shop` that belongs to `app`, for the tests of this file. */
export function aDatabase(): Database {
  let started: StartedMachine;
  let server: PostgresServer;
  let authority: string;
  const sessions: Session[] = [];
  beforeAll(async () => {
    started = await startMachine({});
    authority = await readFile(started.machine.certificateAuthority.file, 'utf8');
    server = await startPostgres(started.machine, 'shop', { fsync: 'off' });
    await server.administer('postgres', [
      `CREATE ROLE app LOGIN PASSWORD ${LITERAL}`,
      'CREATE DATABASE shop OWNER app',
    ]);
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
  });
  afterAll(async () => {
    await server?.stop();
    await started?.close();
  });
  const login = () => ({
    host: server.host,
    port: server.port,
    database: 'shop',
    user: 'app',
    password: PASSWORD,
  });
  return {
    get server() {
      return server;
    },
    get authority() {
      return authority;
    },
    get login() {
      return login();
    },
    async open(settings = {}, other = {}) {
      const session = await openSession({ ...login(), ...other }, { authorities: [authority], ...settings });
      sessions.push(session);
      return session;
    },
    administer: (...statements) => server.administer('shop', statements),
  };
}
