import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeptSandbox, keepSandbox } from '../support/command.ts';

const run = promisify(execFile);
const has = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
const missing = [
  ...((await has('aws')) ? [] : ['the AWS CLI']),
  ...((await has('psql')) ? [] : ['psql, of the package postgresql-client']),
];

/** By this machine's clock. */
const ROTATION_MILLISECONDS = 60_000;

interface Login {
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  readonly password: string;
}

const title =
  missing.length === 0
    ? 'aws secretsmanager rotate-secret'
    : `aws secretsmanager rotate-secret (needs ${missing.join(' and ')}, which this machine does not have)`;

describe.skipIf(missing.length > 0)(title, { timeout: 120_000 }, () => {
  let sandbox: KeptSandbox;
  beforeAll(async () => {
    sandbox = await keepSandbox();
  });
  afterAll(() => sandbox?.end('SIGTERM'));

  /** As a person does who has pasted the lines that the sandbox shows. */
  const shell = (program: string, words: readonly string[], more: Record<string, string> = {}) =>
    run(program, words, { env: { ...process.env, ...sandbox.environment, ...more } });

  async function aws(...words: string[]) {
    const { stdout } = await shell('aws', ['secretsmanager', ...words, '--output', 'json']);
    return JSON.parse(stdout);
  }

  async function login(stage: string): Promise<Login & { version: string }> {
    const found = await aws('get-secret-value', '--secret-id', 'demo/shop', '--version-stage', stage);
    return { ...JSON.parse(found.SecretString), version: found.VersionId };
  }

  /** Who psql is logged in as; it trusts the sandbox's authority alone. */
  async function psql({ host, port, dbname, username, password }: Login): Promise<string> {
    const place = `host=${host} port=${port} dbname=${dbname} user=${username} sslmode=verify-full`;
    const { stdout } = await shell(
      'psql',
      ['--no-psqlrc', '--tuples-only', '--no-align', '--command', 'SELECT session_user', place],
      {
        PGPASSWORD: password,
        PGSSLROOTCERT: sandbox.environment.NODE_EXTRA_CA_CERTS ?? '',
      },
    );
    return stdout.trim();
  }

  it('gives the database a password that psql logs in with, while the old one still works', async () => {
    const old = await login('AWSCURRENT');
    expect(await psql(old)).toBe('shop');

    const { VersionId } = await aws('rotate-secret', '--secret-id', 'demo/shop');
    expect(VersionId).not.toBe(old.version);
    await expect
      .poll(async () => (await login('AWSCURRENT')).version, {
        timeout: ROTATION_MILLISECONDS,
        interval: 1000,
      })
      .toBe(VersionId);

    const now = await login('AWSCURRENT');
    expect(now.password).not.toBe(old.password);
    expect(await psql(now)).toBe('shop_clone');
    expect(await psql(old)).toBe('shop');
    expect(await login('AWSPREVIOUS')).toEqual(old);
    await expect(psql({ ...now, password: old.password })).rejects.toThrow('password authentication failed');
  });
});
