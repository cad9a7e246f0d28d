import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nightshift } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const COMMAND = fileURLToPath(new URL('../../bin/nightshift.js', import.meta.url));
const DEFINE_CONFIG = new URL('../../lib/config/define-config.ts', import.meta.url).href;
/** So many variables has the environment of a service that has grown for years. */
const MANY = 200;

const RULES = `{
  require: ['DATABASE_URL', { any: ['TOKEN', { all: ['USER_NAME', 'USER_PASSWORD'] }] }],
  conditional: [{ when: { variable: 'USE_LIVE_FEED', is: true }, require: 'FEED_URL' }],
  formats: { PORT: { kind: 'integer', min: 1, max: 65535 }, FEED_URL: { kind: 'url', schemes: ['https'] } },
}`;
const GOOD = 'DATABASE_URL=postgres://db.example.com/app\nTOKEN="a=b"\nPORT=8080\n';

/** A folder with a configuration and an env file; the words of the command for them. */
function folderWith(env: string | Uint8Array, rules = RULES, more = ''): string[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), env);
  writeFileSync(
    join(folder, 'nightshift.config.ts'),
    `import { defineConfig } from '${DEFINE_CONFIG}';
     const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
     export default defineConfig({
       services: { api: { ...api, preflight: ${rules} }${more} },
       secrets: { database: { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf' } },
     });`,
  );
  return ['preflight', '--config', join(folder, 'nightshift.config.ts'), '--env-file', join(folder, '.env')];
}

describe('nightshift preflight', () => {
  it('passes what is right, without an account', async () => {
    const { code, stdout, stderr } = await nightshift([...folderWith(GOOD), '--service', 'api'], {
      env: { AWS_REGION: '', AWS_PROFILE: 'nobody', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^✓ pass {2}preflight of service\/api in production {2}.*\.env\n {2}3 variables, 7 checks passed, 0 failed, 0 warned, 0 not known\n$/,
    );
    expect(code).toBe(0);
  });

  it('names everything that is wrong, and exits with 3', async () => {
    const words = folderWith(
      '\uFEFFDATABSE_URL=x\r\nUSE_LIVE_FEED=true\r\nPORT=0\r\nnonsense\r\nUSER_NAME=app\r\nPORT=80800\r\n',
    );
    const { code, stdout } = await nightshift(words);
    expect(code).toBe(3);
    expect(stdout.split('\n').slice(1)).toEqual([
      '  ✗ line 4: it is no assignment; must be NAME=value, a comment or empty. A value of several lines needs quotes around it.  env-file',
      '  ✗ DATABASE_URL: it is not set; must be set. Set DATABASE_URL. There is DATABSE_URL: is DATABASE_URL meant?  require[0]',
      '  ✗ TOKEN, USER_PASSWORD: TOKEN is not set, USER_PASSWORD is not set; needs TOKEN or (USER_NAME and USER_PASSWORD). Set TOKEN, or USER_PASSWORD.  require[1]',
      '  ✗ FEED_URL: it is not set; must be set when USE_LIVE_FEED is true. Set FEED_URL.  conditional[0].require[0]',
      '  ✗ PORT: found a whole number that is too large; must be a whole number from 1 to 65535. Correct the value.  formats.PORT',
      '  ! line 6, PORT: it is given in line 3 already, with another value; must be given once. The last one counts. Take the others out.  env-file',
      '  4 variables, 4 checks passed, 5 failed, 1 warned, 0 not known',
      '',
    ]);
  });

  it('goes on with warnings, and with what an env file cannot tell', async () => {
    const words = folderWith(`${GOOD}LINK="https://\${HOST}/"\n`, `{ secrets: { database: ['username'] } }`);
    const { code, json } = await nightshift([...words, '--json']);
    expect(json).toMatchObject({
      service: 'api',
      environment: 'production',
      variables: 4,
      verdict: 'unknown',
    });
    expect(json.problems).toMatchObject([
      { verdict: 'unknown', rule: 'secrets.database', observed: 'not checked offline' },
      { verdict: 'warn', rule: 'forbidden.values', variables: ['LINK'] },
    ]);
    expect(code).toBe(0);
  });

  it('never writes a value, whatever is wrong with it', async () => {
    const secret = 'Zq7vX2mK9pL4';
    const words = folderWith(
      [
        `DATABASE_URL=${secret}`,
        `DATABASE_URL=postgres://u:changeme@localhost/${secret}`,
        `PORT=${secret}`,
        `FEED_URL=http://${secret}`,
        `USE_LIVE_FEED=${secret}`,
        `CUT=${secret}#${secret}`,
        `OPEN="${secret}"${secret}`,
        `LINK="\${${secret}}"`,
        `${secret} ${secret}`,
        `LAST="${secret}`,
      ].join('\n'),
    );
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await nightshift([...words, ...more], { env: { DEBUG: '1' } });
      expect(code).toBe(3);
      expect(stdout.length).toBeGreaterThan(1000);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it(`checks ${MANY} variables, and prints one line of JSON`, async () => {
    const names = Array.from({ length: MANY }, (_, index) => `VARIABLE_${index}`);
    const rules = JSON.stringify({
      require: names,
      formats: Object.fromEntries(names.map((name) => [name, 'integer'])),
    });
    const wrong = new Set(['VARIABLE_0', 'VARIABLE_77', 'VARIABLE_199']);
    const env = names.map((name) => `${name}=${wrong.has(name) ? 'x' : '1'}`).join('\n');
    const { code, stdout, json } = await nightshift([...folderWith(env, rules), '--json']);
    expect(code).toBe(3);
    expect(stdout.trim()).not.toContain('\n');
    expect(json).toMatchObject({ variables: MANY, verdict: 'fail', passed: 3 * MANY - 3 });
    expect(json.problems.flatMap(({ variables }: { variables: string[] }) => variables)).toEqual([...wrong]);
  });

  it('reads standard input', async () => {
    const words = folderWith('').with(-1, '-');
    expect((await nightshift(words, { input: GOOD })).code).toBe(0);
    expect((await nightshift(words, { input: 'PORT=x' })).code).toBe(3);
  });
});

describe('nightshift preflight, given what is wrong', () => {
  const OTHERS = ", worker: { ...api, service: 'worker' }";

  it.each<[string, (words: string[]) => string[], RegExp]>([
    [
      'no env file',
      (words) => words.slice(0, -2),
      /^Say which file to check: nightshift preflight --env-file \.env /,
    ],
    [
      'an env file that is not there',
      (words) => words.with(-1, '/no/such/.env'),
      /^The env file cannot be read: ENOENT/,
    ],
    ['a folder', (words) => words.with(-1, '/'), /^The env file cannot be read: EISDIR/],
    ['no service', (words) => words, /^Say which service the env file is for: --service api \| worker\.\n$/],
    [
      'an unknown service',
      (words) => [...words, '--service', 'apo'],
      /^"apo" is not a declared service\. Did you mean "api"\? Known: api, worker\.\n$/,
    ],
    [
      'a service without rules',
      (words) => [...words, '--service', 'worker'],
      /^The service worker has no rules: declare services\.worker\.preflight in the configuration\. Services with rules: api\.\n$/,
    ],
    ['a misspelt option', (words) => [...words, '--sevice', 'api'], /Did you mean --service\?/],
    [
      'no configuration',
      (words) => words.with(2, '/no/such.config.ts'),
      /^There is no configuration \/no\/such\.config\.ts\. Say --config FILE/,
    ],
  ])('%s', async (_, change, message) => {
    const { code, stdout, stderr } = await nightshift(change(folderWith(GOOD, RULES, OTHERS)));
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['UTF-16', Buffer.from('\uFEFFA=1\n', 'utf16le'), /is UTF-16, as PowerShell writes it/],
    ['not UTF-8', Buffer.from([0x41, 0x3d, 0xe4]), /is not UTF-8 text/],
    [
      'very large',
      Buffer.alloc(1_048_577, 'A=1\n'),
      /has more than 1048576 bytes, which is all that is read/,
    ],
  ])('an env file that is %s', async (_, bytes, message) => {
    const { code, stderr } = await nightshift(folderWith(bytes));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('an env file that never ends', async () => {
    const { code, stderr } = await nightshift(folderWith(GOOD).with(-1, '/dev/zero'));
    expect(stderr).toMatch(/^The env file \/dev\/zero has more than 1048576 bytes/);
    expect(code).toBe(2);
  });

  it.each<[string, string, RegExp]>([
    [
      'an unknown key',
      '{ requires: [] }',
      /services\.api\.preflight: "requires" is not a setting here\. Did you mean "require"\?/,
    ],
    [
      'a contradiction',
      "{ formats: { PORT: { kind: 'integer', min: 2, max: 1 } } }",
      /formats\.PORT\.max: found 1; must not be less than min/,
    ],
    [
      'a circle',
      "{ conditional: [{ when: { variable: 'A', is: true }, require: 'A' }] }",
      /the conditions go in a circle: A → A/,
    ],
    [
      'a fault of its own',
      'nobody()',
      /^The configuration .*nightshift\.config\.ts cannot be loaded: nobody is not defined\n$/,
    ],
  ])('rules with %s', async (_, rules, message) => {
    const { code, stdout, stderr } = await nightshift(folderWith(GOOD, rules));
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('nightshift preflight, started as a person does', () => {
  const run = promisify(execFile);
  // npm puts its own Node.js first on the path; so does this.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

  it('is not overtaken by Node.js, which has an option of the same name', async () => {
    // Node.js would end where the file is missing, and would load what NODE_OPTIONS in it says.
    await expect(run(COMMAND, ['preflight', '--env-file', '/no/such/.env'], { env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The env file cannot be read: ENOENT/),
    });
    const words = folderWith(`${GOOD}NODE_OPTIONS=--require /no/such/agent.js\n`);
    const { stdout } = await run(COMMAND, words, { env });
    expect(stdout).toMatch(/^✓ pass/);
  });

  it('starts by a link too, as npm makes one', async () => {
    const folder = temporaryFolder();
    const link = join(folder, 'nightshift');
    symlinkSync(COMMAND, link);
    const { stdout } = await run(link, folderWith(GOOD), { env });
    expect(stdout).toMatch(/^✓ pass/);
  });
});
