import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Clients, createClients } from '../../rehearsal/clients.ts';
import { Team } from '../../rehearsal/team.ts';
import { Parameter } from '../../schemas/names.ts';
import { type KeptSandbox, keepSandbox, nightshift } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RUNBOOK = 'roll-back-service';
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/** One sandbox and one evening: each test goes on where the last one ended. */
describe('the command', { timeout: 60_000 }, () => {
  let sandbox: KeptSandbox;
  let clients: Clients;
  let team: Team;
  /** A run by hand that was refused. */
  let refused: string;

  beforeAll(async () => {
    sandbox = await keepSandbox();
    Object.assign(process.env, sandbox.environment);
    clients = createClients();
    team = new Team(clients);
  });
  afterAll(() => sandbox?.end('SIGKILL'));

  const latestRun = async () =>
    (await nightshift(['list', '--json'])).json[0].latest?.id as string | undefined;
  const whatRuns = async () => {
    const { taskDefinition, deployments = [] } = await team.service();
    return { taskDefinition, deployments: deployments.map(({ id }) => id) };
  };

  it('reaches the sandbox by the lines that it prints, and by nothing else', () => {
    expect(sandbox.stdout.trim().split('\n')).toHaveLength(Object.keys(sandbox.environment).length);
    expect(Object.keys(sandbox.environment)).toEqual(
      expect.arrayContaining([
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
      ]),
    );
  });

  describe('before anything has run', () => {
    it('lists the runbooks, and what starts them', async () => {
      const { code, stdout, stderr } = await nightshift(['list']);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^roll-back-service\n {2}Brings an ECS service back /m);
      expect(stdout).toContain('  starts by: alarm of the service, ');
      expect(stdout).toContain('  latest run: none yet\n');
    });

    it('lists them as one line of JSON', async () => {
      const { stdout, json } = await nightshift(['list', '--json']);
      expect(stdout.trim()).not.toContain('\n');
      const byName = (left: { runbook: string }, right: { runbook: string }) =>
        left.runbook < right.runbook ? -1 : 1;
      expect(json.toSorted(byName)).toMatchObject([
        { runbook: 'check-parity', latest: null },
        { runbook: 'daily-health-check', latest: null },
        { runbook: 'preflight', latest: null },
        { runbook: 'recover-migration', latest: null },
        { runbook: 'release-gate', latest: null },
        { runbook: 'restore-database', latest: null },
        { runbook: 'restore-drill', latest: null },
        { runbook: RUNBOOK, latest: null },
        { runbook: 'rollback-readiness', latest: null },
        { runbook: 'rotate-compromised', latest: null },
        { runbook: 'rotate-secret', latest: null },
        { runbook: 'snapshot-database', latest: null },
        { runbook: 'take-over-ownership', latest: null },
        { runbook: 'validate-database', latest: null },
      ]);
    });

    it('says that nothing has run when a run is asked for', async () => {
      const { code, stderr } = await nightshift(['status', '4651faab']);
      expect(code).toBe(2);
      expect(stderr).toBe('There is no run "4651faab"; nothing has run yet.\n');
    });
  });

  describe('given what is wrong', () => {
    it.each([
      ['not JSON', '{"service"', /^The input is not JSON: .*Nothing was started\.\n$/],
      [
        'not an object',
        '["api"]',
        /^The input must be a JSON object .* not a list\. Nothing was started\.\n$/,
      ],
      ['missing', '@/no/such/file', /^The input file cannot be read: .*Nothing was started\.\n$/],
    ])('starts nothing with an input that is %s', async (_, input, message) => {
      const { code, stdout, stderr } = await nightshift(['run', RUNBOOK, '--input', input]);
      expect(stderr).toMatch(message);
      expect(stdout).toBe('');
      expect(code).toBe(2);
      expect(await latestRun()).toBeUndefined();
    });

    it('starts nothing with an input that is too large, by standard input', async () => {
      const { code, stderr } = await nightshift(['run', RUNBOOK, '--input', '-'], {
        input: JSON.stringify({ service: 'api', reason: 'x'.repeat(20_000) }),
      });
      expect(stderr).toMatch(/at most 16384 are taken\. Nothing was started\.\n$/);
      expect(code).toBe(2);
      expect(await latestRun()).toBeUndefined();
    });

    it('suggests the runbook that was meant', async () => {
      const { code, stderr } = await nightshift(['plan', 'roll-back-servce', '--service', 'api']);
      expect(stderr).toBe(
        '"roll-back-servce" is not a runbook. Did you mean "roll-back-service"? Known: check-parity, daily-health-check, preflight, recover-migration, release-gate, restore-database, restore-drill, roll-back-service, rollback-readiness, rotate-compromised, rotate-secret, snapshot-database, take-over-ownership, validate-database.\n',
      );
      expect(code).toBe(2);
    });

    it('suggests the service that was meant', async () => {
      const { code, stdout } = await nightshift(['plan', RUNBOOK, '--service', 'apo']);
      expect(stdout).toContain('InvalidInput: "apo" is not a declared service. Did you mean "api"?');
      expect(code).toBe(2);
    });

    it('suggests the field that was meant', async () => {
      const file = join(temporaryFolder(), 'input.json');
      writeFileSync(file, '{"service":"api","dryrun":true}');
      const { code, json } = await nightshift(['run', RUNBOOK, '--input', `@${file}`, '--wait', '--json']);
      expect(json).toMatchObject({ outcome: 'refused', error: { name: 'InvalidInput' } });
      expect(json.error.message).toContain('"dryrun" is not a field (did you mean "dryRun"?)');
      expect(code).toBe(2);
    });

    it.each(['list', `plan ${RUNBOOK} --service api`, 'status 4651faab'])(
      'says that nothing is deployed under another name: %s',
      async (words) => {
        const { code, stdout, stderr } = await nightshift([...words.split(' '), '--deployment', 'other']);
        expect(stderr).toMatch(/^There is no Nightshift named "other" here\. .*--deployment NAME/);
        expect(stdout).toBe('');
        expect(code).toBe(1);
      },
    );

    it('does not accept credentials that are not those of the sandbox', async () => {
      const { code, stderr } = await nightshift(['list'], { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } });
      expect(stderr).toMatch(/^AWS does not accept these credentials: /);
      expect(code).toBe(1);
    });
  });

  describe('with nothing to roll back', () => {
    it('plans nothing, exits with 3, and changes nothing', async () => {
      const before = await whatRuns();
      const { code, stdout } = await nightshift(['plan', RUNBOOK, '--service', 'api']);
      expect(stdout).toContain('Refused: There is nothing to roll back: api:1, which runs');
      expect(code).toBe(3);
      expect(await whatRuns()).toEqual(before);
    });

    it('shows each step on a line of its own, without colours', async () => {
      const { stdout } = await nightshift(['plan', RUNBOOK, '--service', 'api']);
      expect(stdout).toMatch(/^ {4}✓ open {4}open-run +[\d.]+ s\n {4}✓ plan {4}inspect-service /);
      expect(stdout).toMatch(/^ {4}✗ plan {4}plan-rollback +[\d.]+ s$/m);
      expect(stdout).not.toContain('\u001b');
    });

    it('ends a dry run with one line of JSON', async () => {
      const { code, stdout, json } = await nightshift([
        ...['run', RUNBOOK, '--service', 'api', '--dry-run', '--wait', '--json'],
      ]);
      expect(stdout.trim()).not.toContain('\n');
      expect(Object.keys(json)).toEqual(['runbook', 'run', 'target', 'outcome', 'plan', 'checks', 'error']);
      expect(json).toMatchObject({
        runbook: RUNBOOK,
        run: expect.stringMatching(ID),
        target: 'service/api',
        outcome: 'refused',
        plan: null,
        checks: [],
        error: { name: 'Refused' },
      });
      expect(code).toBe(3);
    });

    it('starts a run without waiting, and says how to follow it', async () => {
      const { code, stdout } = await nightshift(['run', RUNBOOK, '--service', 'api']);
      refused = ID.exec(stdout)?.[0] ?? '';
      expect(stdout).toBe(`Started ${refused}. Follow it with: nightshift watch ${refused}\n`);
      expect(code).toBe(0);
    });

    it('watches it to its end', async () => {
      const { code, stdout } = await nightshift(['watch', refused]);
      expect(stdout).toContain('✓ close   close-run');
      expect(stdout).toContain(`✗ refused  roll-back-service on service/api  ${refused}`);
      expect(code).toBe(3);
    });

    it('starts a run without waiting, in JSON', async () => {
      const { code, json } = await nightshift(['run', RUNBOOK, '--service', 'api', '--dry-run', '--json']);
      expect(json).toMatchObject({ runbook: RUNBOOK, run: expect.stringMatching(ID), outcome: 'running' });
      expect(code).toBe(0);
      await nightshift(['watch', json.run]);
    });
  });

  describe('asked for a run that has ended', () => {
    it('finds it by the beginning of its id', async () => {
      const { code, json } = await nightshift(['status', refused.slice(0, 12), '--json']);
      expect(json).toMatchObject({ run: refused, outcome: 'refused' });
      expect(code).toBe(3);
    });

    it('finds it by its ARN', async () => {
      const { json } = await nightshift(['list', '--json']);
      const { arn, id } = json[0].latest;
      expect((await nightshift(['status', arn, '--json'])).json).toMatchObject({ run: id });
    });

    it('wants more than what several ids begin with', async () => {
      const { code, stderr } = await nightshift(['status', '']);
      expect(stderr).toMatch(/^"" begins the ids of \d+ runs: .* Write more of it\.\n$/);
      expect(code).toBe(2);
    });

    it.each(['status', 'watch', 'report', 'approve', 'reject'])(
      'does not know an unknown id: %s',
      async (word) => {
        const { code, stdout, stderr } = await nightshift([word, 'no-such-run']);
        expect(stderr).toMatch(/^"no-such-run" is not a run\. Known: /);
        expect(stdout).toBe('');
        expect(code).toBe(2);
      },
    );

    it('suggests the run that was meant', async () => {
      const slip = `${refused.slice(0, -1)}x`;
      const { stderr } = await nightshift(['status', slip]);
      expect(stderr).toContain(`"${slip}" is not a run. Did you mean "${refused}"?`);
    });

    it('prints its report', async () => {
      const { code, stdout } = await nightshift(['report', refused]);
      expect(stdout).toMatch(/^# roll-back-service refused to touch service\/api\n/);
      expect(code).toBe(0);
    });

    it('writes its report into a folder that it makes', async () => {
      const folder = join(temporaryFolder(), 'deep', 'report');
      const { code, stdout } = await nightshift(['report', refused, '--out', folder]);
      expect(code).toBe(0);
      expect(stdout).toBe(`Wrote report.md, report.json, timeline.svg to ${folder}\n`);
      expect(readdirSync(folder).sort()).toEqual(['report.json', 'report.md', 'timeline.svg']);
      expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toMatchObject({
        run: { id: refused },
        outcome: 'refused',
      });
      expect(readFileSync(join(folder, 'timeline.svg'), 'utf8')).toMatch(/^<svg /);
    });

    it.each(['approve', 'reject'])('has nothing to %s', async (word) => {
      const { code, stdout, stderr } = await nightshift([word, refused]);
      expect(stderr).toBe(`The run ${refused} does not wait for an approval.\n`);
      expect(stdout).toBe('');
      expect(code).toBe(1);
    });
  });

  describe('with a bad release whose run waits for approval', () => {
    let waiting: string;
    let planHash: string;

    beforeAll(async () => {
      const Name = Parameter.policy('nightshift');
      const { Parameter: found } = await clients.ssm.send(new GetParameterCommand({ Name }));
      const policy = {
        ...JSON.parse(found?.Value ?? '{}'),
        approval: { [RUNBOOK]: 'always' },
        approvalTimeoutMinutes: 10_000,
      };
      await clients.ssm.send(
        new PutParameterCommand({ Name, Value: JSON.stringify(policy), Overwrite: true }),
      );
      const earlier = await latestRun();
      await team.release({ tag: '2026-11-21' });
      waiting = await vi.waitFor(
        async () => {
          const latest = await latestRun();
          expect(latest).not.toBe(earlier);
          expect((await nightshift(['status', latest as string])).stdout).toContain(
            'Waits for approval until',
          );
          return latest as string;
        },
        { timeout: 100_000, interval: 500 },
      );
    });

    it('says where the run is, and how to approve it', async () => {
      const { code, stdout } = await nightshift(['status', waiting]);
      expect(stdout).toContain('… still going on, in its phase approve  roll-back-service on service/api');
      expect(stdout).toContain('  Would: ');
      planHash = new RegExp(`nightshift approve ${waiting} --plan ([0-9a-f]{12})\n`).exec(stdout)?.[1] ?? '';
      expect(planHash).not.toBe('');
      expect(code).toBe(0);
    });

    it('has no report yet', async () => {
      const { code, stderr } = await nightshift(['report', waiting]);
      expect(stderr).toBe(`The run ${waiting} has no report yet: it is still going on.\n`);
      expect(code).toBe(1);
    });

    it('plans the way back, exits with 0, and changes nothing', async () => {
      const before = await whatRuns();
      const { code, json } = await nightshift(['plan', RUNBOOK, '--service', 'api', '--json']);
      expect(json).toMatchObject({
        outcome: 'planned',
        plan: { actions: [{ call: 'ecs:UpdateService' }] },
        checks: [],
        error: null,
      });
      expect(code).toBe(0);
      expect(await whatRuns()).toEqual(before);
    });

    it('stays a plan although the input says otherwise', async () => {
      const { json } = await nightshift([
        ...['plan', RUNBOOK, '--input', '{"service":"api","dryRun":false}', '--json'],
      ]);
      expect(json).toMatchObject({ outcome: 'planned' });
    });

    it('joins the run that answers this already', async () => {
      const { code, json } = await nightshift(['run', RUNBOOK, '--service', 'api', '--wait', '--json']);
      expect(json).toMatchObject({ outcome: 'joined' });
      expect(json.run).not.toBe(waiting);
      expect(code).toBe(0);
    });

    it('approves no plan but the one that waits', async () => {
      const { code, stderr } = await nightshift(['approve', waiting, '--plan', 'ffffffffffff']);
      expect(stderr).toBe(
        `The plan that waits is ${planHash}, not ffffffffffff. Look at it again: nightshift status ${waiting}\n`,
      );
      expect(code).toBe(2);
    });

    it('rejects it with a reason, and changes nothing', async () => {
      const before = await whatRuns();
      const { code, stdout } = await nightshift(['reject', waiting, '--reason', 'not tonight']);
      expect(stdout).toBe(`Rejected ${waiting}.\n`);
      expect(code).toBe(0);
      const ended = await nightshift(['watch', waiting, '--json']);
      expect(ended.json).toMatchObject({ run: waiting, outcome: 'refused' });
      expect(ended.json.error.message).toContain('rejected the plan: not tonight. Nothing was changed.');
      expect(ended.code).toBe(3);
      expect(await whatRuns()).toEqual(before);
    });
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const { NODE_EXTRA_CA_CERTS: certificate = '' } = sandbox.environment;
    expect(existsSync(certificate)).toBe(true);
    expect(await sandbox.end('SIGINT')).toEqual({ code: 130, signal: null });
    expect(sandbox.leftovers()).toEqual([]);
    expect(existsSync(certificate)).toBe(false);
  });
});
