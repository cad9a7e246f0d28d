import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openSession, type Session, type SessionSettings } from '../../../../functions/postgres/session.ts';
import { type StartedMachine, startMachine } from '../../../../sandbox/machine.ts';
import { type PostgresServer, startPostgres } from '../../../../sandbox/postgres/server.ts';

export const PASSWORD = 'correct horse';
/** As on RDS: may make roles and databases, and is no superuser. */
export const MASTER = 'master';

/** A database of its own for one test, on a server that the file's tests share. */
export interface RoleDatabase {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** A role's name that no other test has, and that needs to be quoted. */
  role(name: string): string;
  /** The same, quoted. */
  quoted(name: string): string;
  /** A session of a role of this test, of the master or of a superuser (`rdsadmin`). */
  open(user?: string, database?: string, settings?: SessionSettings): Promise<Session>;
  /** Runs statements one after the other; answers with the rows of the last. */
  run(user: string, ...statements: string[]): Promise<Record<string, unknown>[]>;
}

/** Starts a server before the file's tests; the answer makes a new database on it, which belongs to the master. */
export function aRoleServer(): () => Promise<RoleDatabase> {
  let started: StartedMachine;
  let server: PostgresServer;
  let databases = 0;
  let authority = '';
  const sessions: Session[] = [];
  beforeAll(async () => {
    started = await startMachine({});
    authority = await readFile(started.machine.certificateAuthority.file, 'utf8');
    server = await startPostgres(started.machine, 'roles', {
      fsync: 'off',
      max_connections: '40',
      wal_level: 'logical',
    });
    await server.administer('postgres', [
      `CREATE ROLE ${MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD}'`,
    ]);
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  });
  afterAll(async () => {
    await server?.stop();
    await started?.close();
  });
  return async () => {
    databases += 1;
    const name = `shop "${databases}"`;
    await server.administer('postgres', [`CREATE DATABASE "${name.replaceAll('"', '""')}" OWNER ${MASTER}`]);
    const { host, port } = server;
    const number = databases;
    const role = (plain: string) => `${plain} "é" ${number}`;
    const database: RoleDatabase = {
      name,
      host,
      port,
      role,
      quoted: (plain) => `"${role(plain).replaceAll('"', '""')}"`,
      async open(user = MASTER, at = name, settings = {}) {
        const password = user === 'rdsadmin' ? server.cluster.password : PASSWORD;
        const session = await openSession(
          { host, port, database: at, user, password },
          { readOnly: false, authorities: [authority], ...settings },
        );
        sessions.push(session);
        return session;
      },
      async run(user, ...statements) {
        const session = await database.open(user);
        try {
          let rows: Record<string, unknown>[] = [];
          for (const statement of statements) ({ rows } = await session.query(statement));
          return rows;
        } finally {
          await session.close();
        }
      },
    };
    return database;
  };
}

/** Makes an application's user and its owner role as they are after a take-over, by the master. */
export async function makeOwner({ run, quoted }: RoleDatabase): Promise<void> {
  await run(
    MASTER,
    `CREATE ROLE ${quoted('owner')} NOLOGIN`,
    `CREATE ROLE ${quoted('app')} LOGIN PASSWORD '${PASSWORD}'`,
    `GRANT ${quoted('owner')} TO ${quoted('app')}`,
    `ALTER ROLE ${quoted('app')} SET role = ${quoted('owner')}`,
  );
}
