import { readFile } from 'node:fs/promises';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { vi } from 'vitest';
import { dynamodb } from '../../../../functions/run/documents.ts';
import type { Machine, Service } from '../../../../sandbox/contract.ts';
import { startPostgres } from '../../../../sandbox/postgres/server.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { CONTEXT, startActing } from '../../../support/acting-run.ts';
import { aSecret, type Handler } from './a-secret.ts';
import { type Hooks, watchClients } from './watch-clients.ts';

/** Every punctuation mark of ASCII, a space, and what SASLprep changes. */
export const DIFFICULT_PASSWORD = ` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~Grüße\u00A0ª世界`;
export const ADMIN_PASSWORD = `adm'in"\\ $$ ${'{x}'} ü`;

/** A PostgreSQL and the services that a keeper needs, for the tests of one file. */
export type Rotated = Awaited<ReturnType<typeof startRotated>>;

/** @param authority whom the functions trust; the test file lets `databaseAuthorities` answer with it */
export async function startRotated(authority: { pem: string }, settings: Record<string, string> = {}) {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  const said: string[] = [];
  const listen = (stream: NodeJS.WriteStream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk: unknown) => {
      said.push(String(chunk));
      return true;
    });
  const streams = [listen(process.stdout), listen(process.stderr)];
  /** What Secrets Manager calls; without one its own attempts come to nothing, and a test calls the steps itself. */
  const called: { handler?: Handler | undefined } = {};
  const functions = (machine: Machine): Service => {
    machine.engines.requireInvocable = () => {};
    machine.engines.invokeFunction = async (_arn, payload) => {
      if (called.handler === undefined) return { payload: null, functionError: NOBODY };
      try {
        return { payload: await ask(called.handler, payload) };
      } catch (error) {
        const { name, message } = error as Error;
        return { payload: null, functionError: { errorType: name, errorMessage: message } };
      }
    };
    return { name: 'functions', apis: [], providers: [], close() {} };
  };
  const world = await startActing([functions, createSecretsManagerService], { speed: 1 });
  authority.pem = await readFile(world.machine.certificateAuthority.file, 'utf8');
  const server = await startPostgres(world.machine, 'shop', { fsync: 'off', ...settings });
  const secrets = new SecretsManagerClient(world.client);
  const statements: string[] = [];
  const connections: string[] = [];
  const hooks: Hooks = { before: [], after: [] };
  const spies = watchClients(statements, connections, hooks);
  await server.administer('postgres', [
    `CREATE ROLE "Master" LOGIN CREATEROLE CREATEDB PASSWORD ${pg.escapeLiteral(ADMIN_PASSWORD)}`,
    'GRANT pg_signal_backend, pg_read_all_stats TO "Master"',
  ]);

  async function ask(handler: Handler, event: unknown): Promise<unknown> {
    try {
      const answer = await handler(event, CONTEXT);
      said.push(JSON.stringify(answer ?? null));
      return answer;
    } catch (error) {
      const thrown = error as Error & { facts?: unknown };
      said.push(`${thrown.name}: ${thrown.message}\n${thrown.stack}\n${JSON.stringify(thrown)}`);
      throw error;
    }
  }

  /** Everything that could be read by somebody who may not read secrets. */
  async function everythingSaid(): Promise<string> {
    const { Items = [] } = await dynamodb().send(
      new ScanCommand({ TableName: process.env.NIGHTSHIFT_RUN_TABLE as string }),
    );
    return [...said, ...statements, ...world.log, JSON.stringify(Items)].join('\n');
  }

  const faults = new Set<() => void>();
  return {
    ...world,
    fault(call: string, effect: string): () => void {
      const end = world.fault(call, effect);
      faults.add(end);
      return end;
    },
    endFaults() {
      for (const end of faults) end();
      faults.clear();
    },
    server,
    secrets,
    statements,
    connections,
    hooks,
    called,
    ask,
    everythingSaid,
    aSecret: (name: string, value: string | Record<string, unknown> | Uint8Array) =>
      aSecret({ secrets, ask }, name, value),
    /** Runs statements as superuser. */
    administer: (database: string, ...list: string[]) => server.administer(database, list),
    async stop() {
      for (const spy of [...spies, ...streams]) spy.mockRestore();
      secrets.destroy();
      await server.stop();
      await world.stop();
    },
  };
}
const NOBODY = { errorType: 'Nobody', errorMessage: 'A test calls the steps itself.' };
