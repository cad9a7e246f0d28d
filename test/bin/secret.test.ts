import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Machine, Service } from '../../sandbox/contract.ts';
import { createSecretsManagerService } from '../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createSsmService } from '../../sandbox/services/ssm/ssm-service.ts';
import { startServices } from '../sandbox/services/start-services.ts';
import { nightshift } from '../support/command.ts';
import { pointFunctionsAt } from '../support/point-functions.ts';

const COMMAND = fileURLToPath(new URL('../../bin/nightshift.js', import.meta.url));
const VALUE = 'new-key-0123456789';
/** The program of util-linux that gives a command a terminal of its own. */
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');

describe('nightshift secret', { timeout: 30_000 }, () => {
  let services: Awaited<ReturnType<typeof startServices>>;
  let secrets: SecretsManagerClient;
  const arns = new Map<string, string>();
  const rotations = {
    sentry: {
      kind: 'external-key',
      probe: { url: 'https://sentry.example.com', method: 'GET', headers: { x: '{value}' }, statuses: [200] },
    },
    admins: { kind: 'policy-value', schema: { type: 'array', items: { type: 'string', format: 'email' } } },
    jwt: {
      ...{ kind: 'signing-key', algorithm: 'ES256', longestTokenSeconds: 1, publishedAheadSeconds: 1 },
      ...{ clockSkewSeconds: 1, claims: {} },
    },
    feed: undefined,
  };

  beforeAll(async () => {
    const functions = (machine: Machine): Service => {
      machine.engines.requireInvocable = () => {};
      return { name: 'functions', apis: [], providers: [], close() {} };
    };
    services = await startServices([functions, createSsmService, createSecretsManagerService]);
    pointFunctionsAt(services);
    secrets = new SecretsManagerClient(services.client);
    for (const [name, rotation] of Object.entries(rotations)) {
      const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'first' }));
      arns.set(name, ARN);
      const target = {
        ...{ kind: 'secret', name, secretArn: ARN, rotation, consumers: [], after: [], tags: [] },
        ...{ overlapSeconds: 0, ...(name === 'sentry' ? { rotateEveryDays: 30 } : {}) },
      };
      const Name = `/nightshift/nightshift/targets/secret/${name}`;
      await services.create(
        'AWS::SSM::Parameter',
        { Name, Type: 'String', Value: JSON.stringify(target) },
        Name,
      );
    }
  });
  afterAll(async () => {
    secrets?.destroy();
    await services?.close();
    vi.unstubAllEnvs();
  });

  const read = async (name: string, stage: string) => {
    const found = await secrets
      .send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }))
      .catch(() => undefined);
    return found === undefined ? undefined : { text: found.SecretString, version: found.VersionId };
  };

  it('stages what standard input holds, and says what comes next; nothing else changes', async () => {
    const { code, stdout, stderr } = await nightshift(['secret', 'stage', 'sentry', '--from-stdin'], {
      input: `${VALUE}\n`,
    });
    const staged = await read('sentry', 'NIGHTSHIFT_STAGED');
    expect(staged?.text).toBe(VALUE);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `Staged version ${staged?.version} of sentry. Nothing uses it yet; a rotation proves and takes it: nightshift run rotate-secret --secret sentry --wait\n`,
    );
    expect(code).toBe(0);
    expect((await read('sentry', 'AWSCURRENT'))?.text).toBe('first');
    const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: 'sentry' }));
    expect(VersionIdsToStages[staged?.version as string]).toEqual(['NIGHTSHIFT_STAGED']);
  });

  it('stages another one in its place, in JSON, where standard input is no terminal', async () => {
    const { code, json } = await nightshift(['secret', 'stage', 'sentry', '--json'], {
      input: 'another-key',
    });
    const staged = await read('sentry', 'NIGHTSHIFT_STAGED');
    expect(staged?.text).toBe('another-key');
    expect(json).toEqual({
      secret: 'sentry',
      kind: 'external-key',
      version: staged?.version,
      next: 'nightshift run rotate-secret --secret sentry --wait',
    });
    expect(code).toBe(0);
  });

  it.each([
    [
      'sentri',
      VALUE,
      '"sentri" is not a declared secret. Did you mean "sentry"? Known: admins, feed, jwt, sentry. Nothing was staged.',
    ],
    [
      'jwt',
      VALUE,
      'The value of jwt (signing-key) is generated when it is rotated; none is staged. Rotate it: nightshift run rotate-secret --secret jwt --wait',
    ],
    [
      'feed',
      VALUE,
      'feed is declared without a rotation: Nightshift only reads it. Nothing was staged. Declare secrets.feed.rotation of the kind external-key or policy-value.',
    ],
    ['admins', `["${VALUE}"]`, 'The value does not satisfy its schema: /0 (format). Nothing was staged.'],
    ['admins', `["${VALUE}`, 'The value is not JSON. Nothing was staged.'],
    ['admins', '\n', 'The value is empty. Nothing was staged.'],
    [
      'sentry',
      `${VALUE}\n\n`,
      'The value holds a line break or another character that the header x cannot carry. Nothing was staged.',
    ],
  ])('refuses for %s what is wrong (%#)', async (name, input, message) => {
    const before = await read(name, 'NIGHTSHIFT_STAGED');
    const { code, stdout, stderr } = await nightshift(['secret', 'stage', name], { input });
    expect(stderr).toBe(`${message}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(stderr).not.toContain(VALUE);
    expect(await read(name, 'NIGHTSHIFT_STAGED')).toEqual(before);
  });

  it('takes no value from its own words', async () => {
    const { code, stderr } = await nightshift(['secret', 'stage', 'sentry', VALUE], { input: '' });
    expect(stderr).toContain('too many arguments');
    expect(code).toBe(2);
  });

  it('says what Secrets Manager says without the value', async () => {
    const statements = [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }];
    const { accessKeyId, secretAccessKey, sessionToken } = services.clientOf(
      'reader',
      statements,
    ).credentials;
    const { code, stdout, stderr } = await nightshift(['secret', 'stage', 'sentry'], {
      input: VALUE,
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken ?? '',
      },
    });
    expect(stderr).toContain('secretsmanager:PutSecretValue');
    expect(stdout + stderr).not.toContain(VALUE);
    expect(code).toBe(1);
  });

  it('lists secrets, what is staged, and when each is due', async () => {
    const { code, json } = await nightshift(['secret', 'list', '--json']);
    expect(json).toMatchObject([
      { name: 'admins', kind: 'policy-value', staged: null, lastRotatedAt: null, nextDueAt: null },
      { name: 'feed', kind: null },
      { name: 'jwt', kind: 'signing-key' },
      {
        name: 'sentry',
        staged: expect.stringMatching(/^[0-9a-f-]{36}$/),
        nextDueAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(code).toBe(0);
    const { stdout } = await nightshift(['secret', 'list']);
    expect(stdout).toMatch(
      /^admins {2}policy-value\n {2}current version: [0-9a-f-]{36}\n {2}last rotated: never\nfeed {2}is not rotated\n/,
    );
    expect(stdout).toContain('  staged for the next rotation: ');
    expect(stdout).toMatch(/ {2}next due: \d{4}-\d\d-\d\dT\d\d:\d\dZ\n$/);
  });

  it('says that nothing is deployed under another name', async () => {
    const { code, stderr } = await nightshift(['secret', 'list', '--deployment', 'other']);
    expect(stderr).toContain('There is no Nightshift named "other" here.');
    expect(code).toBe(1);
  });

  it.skipIf(!hasTerminal)(
    'asks on a terminal, twice, and shows nothing of it (needs util-linux)',
    async () => {
      const command = `'${process.execPath}' -- '${COMMAND}' secret stage sentry`;
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        env: process.env,
      });
      let shown = '';
      child.stdout.on('data', (chunk) => {
        const before = shown;
        shown += chunk;
        for (const prompt of ['(not shown): ', 'The same again: '])
          if (shown.includes(prompt) && !before.includes(prompt)) child.stdin.write(`typed-${VALUE}\r`);
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code).toBe(0);
      expect(shown).toContain('Staged version');
      expect(shown).not.toContain(VALUE);
      expect((await read('sentry', 'NIGHTSHIFT_STAGED'))?.text).toBe(`typed-${VALUE}`);
    },
  );
});
