import {
  type ContainerDefinition,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportCheck } from '../../bin/command/gate.ts';
import { checkLines } from '../../functions/report/plain-lines.ts';
import { imageOf } from '../../rehearsal/images.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../../rehearsal/rehearse.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { Parameter } from '../../schemas/names.ts';
import { Fingerprint } from '../../schemas/parity.ts';
import type { PreflightEntry } from '../../schemas/preflight/entry.ts';
import type { RunRecord } from '../../schemas/run.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { check, DatabaseOperator, unusedPermissions } from '../support/database-operator.ts';
import { EverythingWritten } from '../support/everything-written.ts';
import { findValues } from '../support/find-values.ts';
import { SecretValues } from '../support/secret-values.ts';

const DEPLOYMENT = 'nightshift';
/** A password that somebody has put where a price list belongs. */
const MISPLACED = 'plum-kettle-orbit-93b1';

/** Roles of the steps of these runbooks. */
const STEPS = [
  ...['InspectRelease', 'PlanPreflight', 'CheckRelease', 'CheckReach', 'JudgePreflight'],
  ...['DescribeEnvironment', 'JudgeParity', 'PlanChecks', 'CheckReadiness'],
  ...['CheckGate', 'RequireGate'],
];
const NOT_TODAY = [
  // The release is given neither the master's login nor, with a plain value, what it logs in with.
  /^(CheckRelease|CheckReach|DescribeEnvironment) secretsmanager:GetSecretValue .*:demo\/master-/,
  /^CheckReach ecs:DescribeTaskDefinition /,
  // The login is in one of the three secrets.
  /^CheckReach secretsmanager:GetSecretValue .*:demo\/(token-keys|admins)-/,
  // The last known good revision was recorded, so that nobody has to look for it.
  /^CheckReadiness ecs:(ListServiceDeployments|DescribeServiceRevisions) /,
  // It is given no parameters.
  /^CheckReadiness ssm:DescribeParameters /,
  // No run holds the lock.
  /^CheckReadiness states:DescribeExecution /,
];

const RULES: PreflightEntry['rules'] = {
  require: ['DATABASE_HOST', { any: ['PRICE_LIST_URL', { all: ['PRICE_HOST', 'PRICE_TOKEN'] }] }],
  conditional: [],
  formats: {
    DATABASE_PORT: { kind: 'integer', min: 1, max: 65_535 },
    PRICE_LIST: { kind: 'one-of', values: ['standard', 'sale'] },
  },
  forbidden: { values: [], hosts: [], localHosts: true, except: [] },
  secrets: {},
};

const GATE: ServiceTarget['gate'] = {
  requires: ['staging-migrated', 'rollback-ready', 'drill-passed', 'metrics-healthy'].map((name) => ({
    check: name,
    maxAgeSeconds: 3600,
    mayBeUnknown: false,
    evenInEmergency: false,
  })),
};

/** A quiet day with one service, at which runbooks only look: each test goes on where the last one ended. */
describe('runbooks that only look', { timeout: 120_000 }, () => {
  let stage: Stage;
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let operator: DatabaseOperator;
  const values = new SecretValues();

  beforeAll(async () => {
    ({ stage, sandbox, close } = await openStage({ speed: DEFAULT_SPEED }));
    operator = new DatabaseOperator(stage);
  });
  afterAll(() => close?.());

  const run = (runbook: string, input: object = {}): Promise<RunRecord> =>
    stage.run(runbook, { service: 'api', ...input });
  const bad = (record: RunRecord) =>
    Object.fromEntries(
      record.checks.filter((one) => !one.passed).map(({ name, measured }) => [name, measured]),
    );

  /** Changes what is declared in a parameter, as a deployment would. */
  async function declare(Name: string, change: object): Promise<void> {
    const { ssm } = stage.clients;
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name }));
    const Value = JSON.stringify({ ...JSON.parse(found?.Value ?? '{}'), ...change });
    await ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  }
  const declareRules = (given: PreflightEntry['rules']) =>
    declare(Parameter.preflight(DEPLOYMENT, 'api'), { rules: given });
  const declareGate = (gate: ServiceTarget['gate']) =>
    declare(Parameter.target(DEPLOYMENT, 'service', 'api'), { gate });

  /** Says how a check has ended, as a pipeline does by `nightshift gate report`. */
  const report = (options: { passed?: boolean; failed?: boolean }) =>
    reportCheck(
      async () => stage.deployment,
      'api',
      'staging-migrated',
      { ...options, by: 'pipeline', evidence: 'https://ci.example.com/runs/42' },
      new Date(stage.clock.now()),
    );

  /** Registers a changed revision of what runs, and releases it to nobody. Returns `api:4`. */
  async function register(change: (container: ContainerDefinition) => ContainerDefinition): Promise<string> {
    const { ecs } = stage.clients;
    const { taskDefinition, tags } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: stage.good, include: ['TAGS'] }),
    );
    const { family, cpu, memory, networkMode, requiresCompatibilities } = taskDefinition ?? {};
    const { executionRoleArn, taskRoleArn, containerDefinitions = [] } = taskDefinition ?? {};
    const { taskDefinition: registered } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn, tags },
        containerDefinitions: containerDefinitions.map(change),
      }),
    );
    return registered?.taskDefinitionArn?.split('/').at(-1) ?? '';
  }

  it('let pass what runs, and warn that no rules are declared', async () => {
    await declareRules(null);
    const record = await run('preflight', { revision: stage.good });
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: false, target: 'service/api' });
    expect(record.checks.map(({ name }) => name)).toEqual([
      ...[
        'revision',
        'image of api',
        'secret (demo/shop)',
        'secret (demo/token-keys)',
        'secret (demo/admins)',
      ],
      ...['environment', 'login to main', 'migrations of main'],
    ]);
    expect(check(record, 'environment')).toMatchObject({
      ...{ passed: true, verdict: 'warn', measured: 'no rules are declared for it' },
      next: "Declare the service's preflight.",
    });
    expect(check(record, 'login to main')?.measured).toBe('lets its user in, and answers');
    const report = await operator.report(record);
    expect(report).toMatch(new RegExp(`^# ${stage.good} may be released to api, with 1 warning\n`));
    expect(report).toContain('Yes, with 1 warning: environment: no rules are declared for it.');
    expect(report).toContain('| **⚠** | environment |');
  });

  it('name everything that is wrong with a release at once', async () => {
    await declareRules(RULES);
    const given: Record<string, string> = { DATABASE_HOST: 'localhost', PRICE_LIST: MISPLACED };
    const wrong = await register((container) => ({
      ...container,
      image: imageOf('2026-12-24'),
      environment: (container.environment ?? []).map(({ name = '', value }) => ({
        name,
        value: given[name] ?? value,
      })),
      secrets: (container.secrets ?? []).map(({ name, valueFrom = '' }) => ({
        name,
        valueFrom: valueFrom.replace(':password:', ':passwort:').replace('demo/admins', 'demo/admin'),
      })),
    }));
    const record = await run('preflight', { revision: wrong });
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'Refused' } });
    const told = record.checks.filter(({ passed }) => !passed).flatMap(checkLines);
    expect(told).toEqual([
      '✗ image of api: demo-api:2026-12-24 is gone from its repository (must be in its registry)',
      expect.stringContaining('to do: Push it'),
      expect.stringMatching(
        /^✗ secret \(demo\/shop\): has no field passwort \(must fill in DATABASE_PASSWORD\)$/,
      ),
      expect.stringContaining('to do: Correct the secret'),
      expect.stringMatching(
        /^\? secret \(demo\/admin\): .*this function may not read it, if it is there at all/,
      ),
      expect.stringContaining('to do: Is its name right? If it is, declare it'),
      expect.stringMatching(/^✗ require\[1\] .*: PRICE_LIST_URL is not set, .* \(needs PRICE_LIST_URL or \(/),
      expect.stringContaining('to do: Set PRICE_LIST_URL, or PRICE_HOST and PRICE_TOKEN.'),
      expect.stringMatching(/^✗ formats \(PRICE_LIST\): found a text of 22 characters \(must be one of/),
      expect.stringContaining('to do: Correct the value.'),
      expect.stringMatching(/^✗ forbidden.hosts \(DATABASE_HOST\): .*\(must not point to its own machine/),
      expect.stringContaining('add DATABASE_HOST to forbidden.except'),
      expect.stringMatching(/^\? login to main: /),
    ]);
    expect(record.error?.message).toMatch(/: 5 of 11 checks failed, 2 have no result \(image of api, /);
    // Each is told once: in the list, not in the sentences above it.
    const [above = '', list = ''] = (await operator.report(record)).split('## What is not as it must be');
    expect(above).toMatch(new RegExp(`^# ${wrong} must not be released to api: 5 of 11 checks failed`));
    expect(above).toContain(`api still runs ${stage.good}.`);
    expect(above).not.toContain('PRICE_LIST_URL');
    expect(list).toContain('| **✗** | secret (demo/shop) | has no field passwort |');

    await stage.clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: wrong }));
    const gone = await run('preflight', { revision: wrong });
    expect(bad(gone).revision).toContain(`${wrong} is INACTIVE: it has been deregistered`);
    const none = await run('preflight', { revision: 'api:99' });
    expect(none).toMatchObject({ outcome: 'refused', error: { name: 'InvalidInput' } });
    expect(none.error?.message).toContain(`The newest active one of api is ${stage.good}.`);
  });

  it('leave the fingerprint of a service where other environments find it', async () => {
    const record = await run('check-parity');
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: false });
    expect(record.plan?.warnings.join()).toContain('No key is declared (parity.keys)');
    expect(check(record, 'parity')).toMatchObject({
      verdict: 'warn',
      measured: 'nothing was compared: no other environment is declared to compare with',
    });
    const report = await operator.report(record);
    expect(report).toMatch(/^# api:\d+ was compared with nothing; its fingerprint was kept\n/);
    expect(report).not.toContain('Yes');
    const { reportBucket: Bucket } = await operator.stores();
    const { Body } = await new S3Client({ forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket, Key: 'parity/api.json' }),
    );
    const { facts, ...fingerprint } = Fingerprint.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    expect(fingerprint).toMatchObject({ service: 'api', taskDefinition: stage.good, key: null });
    // Without a key nothing is told of a value, not even a hash.
    expect(facts['environment.PRICE_LIST']).toEqual({ kind: 'unknown', why: expect.any(String) });
    expect(facts['secret.DATABASE_PASSWORD.shape']).toEqual({ kind: 'shown', value: 'a text' });
  });

  it('say what is missing before a service could be rolled back', async () => {
    const record = await run('rollback-readiness');
    expect(record).toMatchObject({ outcome: 'failed', acted: false, error: { name: 'VerificationFailed' } });
    expect(bad(record)).toEqual({
      snapshot: 'there is none that was proved',
      drill: 'there was none: nobody knows whether it can be restored',
    });
    expect(check(record, 'revision')).toMatchObject({ passed: true, verdict: 'warn' });
    expect(check(record, 'revision')?.measured).toContain(
      `the next release could be rolled back to ${stage.good}, which runs and is good; ${stage.good} itself could not`,
    );
    const report = await operator.report(record);
    expect(report).toMatch(/^# api is NOT ready to be rolled back: snapshot, drill\n/);
    // What to type stands beside what is missing.
    expect(report).toMatch(/\| snapshot \|.*\| `nightshift run snapshot-database --database main` \|/);
    expect(report).toMatch(/\| \*\*\?\*\* \| drill \|.*\| `nightshift run restore-drill --database main` \|/);
    for (const question of ['image', 'secrets', 'execution role', 'permissions', 'lock'])
      expect(check(record, question)?.passed).toBe(true);
  });

  it('keep the gate closed where nobody has said what it asks for, and say where to', async () => {
    const record = await run('release-gate');
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'Refused' } });
    expect(record.error?.message).toBe(
      'The gate of api is closed: no gate is declared. Nothing was changed. Say in services.api.gate what has to hold before it is changed, and deploy that.',
    );
    expect(await operator.report(record)).not.toContain('mergency');
    await expect(report({ passed: true })).rejects.toThrow('The service api has no gate');
  });

  it('keep it closed with every reason, and let an emergency pass on the record', async () => {
    await declareGate(GATE);
    await report({ failed: true });
    const record = await run('release-gate');
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    const found = bad(record);
    expect(found['staging-migrated']).toMatch(/^failed .* ago, by pipeline: https:/);
    expect(found['rollback-ready']).toMatch(/^service\/api is NOT ready to be rolled back: /);
    expect(found['drill-passed']).toMatch(/^there was none/);
    expect(check(record, 'drill-passed')?.next).toBe('`nightshift run restore-drill --database main`');
    expect(record.error?.message).toMatch(/^The gate of api is closed: .*staging-migrated.*rollback-ready/);
    expect(record.error?.message).toContain('`nightshift run release-gate --service api --reason "…"`');
    const refused = await operator.report(record);
    expect(refused).toMatch(/^# The gate of api is closed: 2 of 4 checks failed/);
    expect(refused).toMatch(/\| \*\*✗\*\* \| staging-migrated \| failed /);

    const emergency = await run('release-gate', { reason: 'customers cannot pay' });
    expect(emergency).toMatchObject({ outcome: 'verified', acted: false });
    expect(check(emergency, 'staging-migrated')?.measured).toContain('passed over in an emergency: failed');
    const passedOver = await operator.report(emergency);
    expect(passedOver).toMatch(
      /^# The gate of api is open for an emergency; \d checks? (was|were) passed over\n/,
    );
    expect(passedOver).toContain('customers cannot pay');
    expect(passedOver).not.toContain('Yes');
  });

  it('find it ready and open once there are a snapshot, a drill and a report', async () => {
    expect(await operator.run('snapshot-database')).toMatchObject({ outcome: 'verified' });
    expect(await operator.run('restore-drill')).toMatchObject({ outcome: 'verified' });
    const ready = await run('rollback-readiness');
    expect(bad(ready)).toEqual({});
    expect(ready).toMatchObject({ outcome: 'verified', acted: false });

    await report({ passed: true });
    const open = await run('release-gate');
    expect(open.error?.message).toBeUndefined();
    expect(open).toMatchObject({ outcome: 'verified', acted: false });
    expect(check(open, 'staging-migrated')?.measured).toMatch(
      /^passed .* ago, by pipeline: https:\/\/ci\.example\.com\/runs\/42$/,
    );
    expect(check(open, 'rollback-ready')?.measured).toContain('service/api is ready to be rolled back: ');
    expect(check(open, 'metrics-healthy')?.measured).toMatch(/; requests were counted until \d\d:\d\dZ$/);
    expect(await operator.report(open)).toMatch(/^# The gate of api is open\n/);
  });

  it('have changed nothing, woken nobody, and told no value', async () => {
    expect(await stage.team.running()).toBe(stage.good);
    expect(await stage.team.takePages()).toEqual([]);
    await values.collect();
    const written = await new EverythingWritten().read();
    // What is to be searched was read.
    for (const text of ['has no field passwort', 'a text of 22 characters', '"environment.PRICE_LIST"'])
      expect(
        written.filter(([place, content]) => place.startsWith('s3') && content.includes(text)),
      ).not.toEqual([]);
    const needles = new Map([...values.needles(), [MISPLACED, 'a variable']]);
    expect(findValues(written, needles)).toEqual([]);
  });

  it('have used every permission but those for what was not there today', () => {
    expect(unusedPermissions(sandbox, STEPS, NOT_TODAY)).toEqual([]);
  });
});
