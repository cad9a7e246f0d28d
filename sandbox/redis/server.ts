import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import type { Machine } from '../contract.ts';
import { freePort } from '../free-port.ts';
import { findRedisServer, NO_REDIS } from './program.ts';
import { passwordRules, settingsOf } from './settings.ts';

const HOST = 'localhost';
const START_ATTEMPTS = 3;
/** User that only the sandbox uses. */
const ADMINISTRATOR = 'sandbox';
/** How long the sandbox waits for its own server, in real milliseconds. */
const ANSWER_MILLISECONDS = 10_000;

/** A running Redis. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Makes these tokens, and no others, good for new connections; those that are open stay. No token: none is asked for. */
  setTokens(tokens: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a new, empty Redis on a free port of 127.0.0.1 that speaks TLS alone.
 *
 * @param name names its folder in the scratch folder
 * @throws Error that says what to install where the machine has no redis-server
 */
export async function startRedis(
  machine: Machine,
  name: string,
  tokens: readonly string[],
): Promise<RedisServer> {
  const program = findRedisServer();
  if (program === undefined) throw new Error(NO_REDIS);
  const folder = join(machine.directory, 'caches', name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { certificate, key } = await machine.certificateAuthority.issue([HOST, '127.0.0.1']);
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, file), text, { mode: 0o600 });
    return join(folder, file);
  };
  const certificateFile = await write('server.crt', certificate);
  const keyFile = await write('server.key', key);
  const password = randomBytes(24).toString('base64url');
  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    // Tokens and passwords stand in a file: arguments are for everyone to see.
    const settings = await write(
      'redis.conf',
      settingsOf({
        port,
        folder,
        certificateFile,
        keyFile,
        authorityFile: machine.certificateAuthority.file,
        administrator: { name: ADMINISTRATOR, password },
        tokens,
      }),
    );
    const child = machine.processes.spawn(program, [settings], {
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
      cwd: folder,
    });
    const ready = await untilReady(child, (line) => {
      failure = line;
    });
    if (ready) {
      const authority = await readFile(machine.certificateAuthority.file, 'utf8');
      return handle(port, child, { password, authority });
    }
  }
  throw new Error(`Redis did not start: ${failure}`);
}

function handle(
  port: number,
  child: ChildProcess,
  { password, authority }: { password: string; authority: string },
): RedisServer {
  return {
    host: HOST,
    port,
    async setTokens(tokens) {
      const client = new Redis({
        host: HOST,
        port,
        username: ADMINISTRATOR,
        password,
        tls: { ca: authority },
        lazyConnect: true,
        enableReadyCheck: false,
        disableClientInfo: true,
        retryStrategy: () => null,
        connectTimeout: ANSWER_MILLISECONDS,
        commandTimeout: ANSWER_MILLISECONDS,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.call('ACL', 'SETUSER', 'default', 'resetpass', ...passwordRules(tokens));
      } finally {
        client.disconnect();
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      // A server that a test has frozen must be woken to go.
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function untilReady(child: ChildProcess, onLine: (line: string) => void): Promise<boolean> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (line.trim() !== '') onLine(line);
        if (line.includes('Ready to accept connections')) resolve(true);
      });
    }
    child.once('exit', () => resolve(false));
    child.once('error', () => resolve(false));
  });
}
