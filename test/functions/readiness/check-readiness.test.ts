import { DeregisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  AddTagsToResourceCommand,
  CreateDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keepDrill } from '../../../functions/rds/drill-record.ts';
import { snapshotName } from '../../../functions/rds/snapshot-name.ts';
import { handler } from '../../../functions/readiness/check-readiness.ts';
import { readReadiness } from '../../../functions/readiness/publish-readiness.ts';
import { acquireLock } from '../../../functions/run/lock.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { OWNER_TAG, ROLLBACK_ROLE_VARIABLE, Tag } from '../../../schemas/names.ts';
import { ReadinessReport } from '../../../schemas/readiness-report.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { LAMBDA_CONTEXT } from '../../support/point-functions.ts';
import { aRegion, DEPLOYMENT } from './a-region.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let region: Awaited<ReturnType<typeof aRegion>>;
let secretsManager: SecretsManagerClient;
const undo: Array<() => unknown> = [];

async function check(target: ServiceTarget): Promise<ReadinessReport> {
  const step = handler as (event: unknown, context: never) => Promise<unknown>;
  const report = ReadinessReport.parse(await step(JSON.parse(JSON.stringify({ target })), LAMBDA_CONTEXT));
  // Whatever is found, no value is told.
  expect(JSON.stringify(report)).not.toContain('correct-horse');
  return report;
}
async function findings(target: ServiceTarget) {
  const { findings: all } = await check(target);
  return Object.fromEntries(all.map(({ check: name, verdict, observed }) => [name, { verdict, observed }]));
}
const fault = (call: string, effect: string) => void undo.push(region.machine.faults.add({ call, effect }));

describe('check-readiness', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    region = await aRegion([createRdsService]);
    secretsManager = new SecretsManagerClient(region.client);
  }, 60_000);
  afterEach(async () => {
    for (const one of undo.splice(0)) await one();
    vi.useRealTimers();
  });
  afterAll(async () => {
    secretsManager?.destroy();
    await region?.stop();
  });

  it('answers every question of a service that can be rolled back, in a line too, and keeps the answer', async () => {
    const { target } = await region.aTeam();
    const report = await check(target);
    expect(report.findings.map((one) => [one.check, one.verdict, one.observed])).toEqual([
      ['service', 'pass', 'it is active, and deployed by ECS'],
      ['switch', 'pass', 'on'],
      ['revision', 'pass', `${target.name}:1, good since 2026-11-01T03:00:00Z`],
      ['image', 'pass', '1 found by digest'],
      ['secrets', 'pass', '1 are there'],
      ['execution role', 'pass', 'its policies allow secretsmanager:GetSecretValue'],
      [
        'permissions',
        'pass',
        'its policies allow ecs:UpdateService, ecs:DescribeServices, ecs:StopServiceDeployment',
      ],
      ['lock', 'pass', 'it is free'],
    ]);
    expect(report).toMatchObject({ verdict: 'pass', passed: true });
    expect(report.checks).toHaveLength(8);
    expect(report.line).toBe(
      `service/${target.name} is ready to be rolled back: ${target.name}:1, good since 2026-11-01T03:00:00Z`,
    );
    expect(await readReadiness(`service/${target.name}`)).toMatchObject({ ready: true, at: report.at });
  });

  it('has no way back without a history', async () => {
    const { target } = await region.aTeam({ good: [] });
    expect(await findings(target)).toMatchObject({
      revision: { verdict: 'fail', observed: 'no other revision has been recorded as good' },
      image: { verdict: 'unknown' },
      secrets: { verdict: 'unknown' },
      'execution role': { verdict: 'unknown' },
      permissions: { verdict: 'pass' },
    });
  });

  it('knows the way back from the next release where only what runs is good', async () => {
    const { target } = await region.aTeam({ good: [2] });
    const report = await check(target);
    expect(report.passed).toBe(true);
    expect(report.line).toContain('the next release could be rolled back to');
    expect((await findings(target)).secrets?.verdict).toBe('pass');
  });

  it('goes further back past a revision that is INACTIVE, and says so', async () => {
    const { target, revisions } = await region.aTeam({ revisions: 3, good: [1, 2] });
    await region.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: revisions[1] }));
    expect((await findings(target)).revision).toEqual({
      verdict: 'warn',
      observed: `${target.name}:1, good since 2026-11-01T03:00:00Z; ${target.name}:2 cannot be used: the task definition is INACTIVE: it has been deregistered`,
    });
    await region.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: revisions[0] }));
    const report = await check(target);
    expect(report.verdict).toBe('fail');
    expect(report.line).toMatch(
      /NOT ready to be rolled back: revision: .*:2 cannot be used.*:1 cannot be used/,
    );
  });

  it('notices that the image is gone, though another has its tag now', async () => {
    const { target, images } = await region.aTeam();
    region.machine.images.set(images[0] as string, { digest: 'sha256:moved', command: ['node'] });
    const found = await findings(target);
    expect(found.revision?.verdict).toBe('fail');
    expect(found.image).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('is gone from its repository'),
    });
  });

  it('cannot look for an image in a registry of others, which the configuration may accept', async () => {
    const image = () => 'docker.io/library/app:1';
    const { target } = await region.aTeam({ image });
    expect((await findings(target)).image?.verdict).toBe('unknown');
    const accepting = await region.aTeam({ image, readiness: { mayBeUnknown: ['image'] } });
    const report = await check(accepting.target);
    expect(report).toMatchObject({ verdict: 'warn', passed: true });
    expect(report.line).toContain('(the configuration accepts that)');
  });

  it('does not call a service ready that others deploy', async () => {
    const { target } = await region.aTeam({ controller: 'CODE_DEPLOY' });
    expect((await findings(target)).service).toEqual({
      verdict: 'fail',
      observed: 'it is deployed by CODE_DEPLOY: ECS refuses to update it',
    });
    const gone = await findings({ ...target, service: 'gone' });
    expect(gone.service?.verdict).toBe('fail');
    expect(gone.revision?.verdict).toBe('unknown');
  });

  it.each([
    ['is scheduled for deletion', 'fail', /is scheduled for deletion on \d{4}-\d\d-\d\d/],
    ['is gone', 'fail', /does not exist/],
  ])('notices that a secret %s', async (how, verdict, observed) => {
    const { target, secretArn } = await region.aTeam();
    await secretsManager.send(
      new DeleteSecretCommand({
        SecretId: secretArn,
        ...(how === 'is gone' ? { ForceDeleteWithoutRecovery: true } : {}),
      }),
    );
    expect((await findings(target)).secrets).toMatchObject({
      verdict,
      observed: expect.stringMatching(observed),
    });
  });

  it('asks for the version that the task definition asks for, and for parameters too', async () => {
    await region.put('/app/url', 'https://correct-horse.example.com');
    const { target } = await region.aTeam({
      container: ({ secretArn }) => ({
        secrets: [
          { name: 'LOGIN', valueFrom: `${secretArn}::STAGED:` },
          { name: 'URL', valueFrom: '/app/url' },
          { name: 'KEY', valueFrom: '/app/key' },
        ],
      }),
    });
    const found = await findings(target);
    expect(found.secrets).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(/has no version STAGED; the parameter \(\/app\/key\) does not exist$/),
    });
    expect(found['execution role']).toMatchObject({
      verdict: 'fail',
      observed: 'it may not ssm:GetParameters on parameter/app/url',
    });
  });

  it('notices that a role has lost its permission, or is gone', async () => {
    const { target, executionRole } = await region.aTeam();
    region.policies.attach(executionRole.split('/')[1] as string, {
      name: 'own',
      document: { Statement: [] },
    });
    expect((await findings(target))['execution role']).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(/^it may not secretsmanager:GetSecretValue on api-/),
    });
    const weak = region.role(
      'weak',
      region.allow('ecs:UpdateService', 'arn:aws:ecs:us-east-1:123456789012:service/main/other'),
    );
    vi.stubEnv(ROLLBACK_ROLE_VARIABLE, weak);
    undo.push(() => vi.stubEnv(ROLLBACK_ROLE_VARIABLE, region.rollbackRole));
    expect((await findings(target)).permissions).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining(`it may not ecs:UpdateService on service/main/${target.name}`),
    });
    vi.stubEnv(ROLLBACK_ROLE_VARIABLE, `${weak}-gone`);
    expect((await findings(target)).permissions).toEqual({
      verdict: 'fail',
      observed: 'there is no role weak-gone',
    });
    vi.stubEnv(ROLLBACK_ROLE_VARIABLE, '');
    expect((await findings(target)).permissions?.verdict).toBe('unknown');
  });

  it('calls unknown what it may not look at, or what is not answered, and asks everything else', async () => {
    const { target } = await region.aTeam();
    fault('secretsmanager:DescribeSecret', 'error:AccessDeniedException');
    fault('iam:SimulatePrincipalPolicy', 'throttle');
    const report = await check(target);
    expect(report).toMatchObject({ verdict: 'unknown', passed: false });
    const verdicts = Object.fromEntries(report.findings.map((one) => [one.check, one.verdict]));
    expect(verdicts).toEqual({
      service: 'pass',
      switch: 'pass',
      revision: 'pass',
      image: 'pass',
      secrets: 'unknown',
      'execution role': 'unknown',
      permissions: 'unknown',
      lock: 'pass',
    });
    expect(report.line).toMatch(/secrets not known: this function may not look/);
    expect((await readReadiness(report.target))?.ready).toBe(false);
  });

  it('says that the switch is off', async () => {
    const { target } = await region.aTeam();
    await region.turn('off');
    undo.push(() => region.turn('on'));
    const report = await check(target);
    expect(report).toMatchObject({ verdict: 'warn', passed: true });
    expect(report.line).toMatch(/switch: off: a run ends at its plan$/);
  });

  it('notices a lock whose run is not there', async () => {
    const { target } = await region.aTeam();
    const arn = region.machine.arn('states', 'execution:rollback:dead');
    await acquireLock(`service/${target.name}`, { id: 'dead', arn }, 1800);
    expect((await findings(target)).lock).toEqual({
      verdict: 'fail',
      observed: 'the run dead holds it, and Step Functions knows of no such run',
    });
  });

  it('holds the backups of its database to their age', async () => {
    const { target } = await region.aTeam({ database: true });
    const none = await findings(target);
    expect(none.snapshot).toEqual({ verdict: 'fail', observed: 'there is none that was proved' });
    expect(none.drill?.verdict).toBe('unknown');

    const rds = new RDSClient(region.client);
    undo.push(() => rds.destroy());
    await region.create('AWS::RDS::DBInstance', {
      DBInstanceIdentifier: 'orders',
      Engine: 'postgres',
      EngineVersion: '17.5',
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: '20',
      MasterUsername: 'master',
      MasterUserPassword: 'correct-horse',
    });
    const startedAt = new Date(region.machine.clock.now()).toISOString();
    const identifier = snapshotName('main', { id: 'daily', startedAt });
    const tags = {
      [OWNER_TAG]: DEPLOYMENT,
      [Tag.database]: 'main',
      [Tag.purpose]: 'snapshot',
      [Tag.run]: 'daily',
    };
    const { DBSnapshot } = await rds.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: 'orders',
        DBSnapshotIdentifier: identifier,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    await vi.waitFor(
      async () => {
        const { DBSnapshots } = await rds.send(
          new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: identifier }),
        );
        expect(DBSnapshots?.[0]?.Status).toBe('available');
      },
      { timeout: 30_000, interval: 100 },
    );
    // The sandbox's time runs ahead of that of this process.
    const later = (milliseconds: number) =>
      vi.useFakeTimers({ toFake: ['Date'], now: region.machine.clock.now() + milliseconds });
    later(HOUR);
    expect((await findings(target)).snapshot).toEqual({
      verdict: 'fail',
      observed: `there is none that was proved; ${identifier} was never proved good`,
    });
    await rds.send(
      new AddTagsToResourceCommand({
        ResourceName: DBSnapshot?.DBSnapshotArn,
        Tags: [{ Key: Tag.verifiedAt, Value: startedAt }],
      }),
    );
    await keepDrill('main', {
      at: new Date(Date.now() - 3 * DAY).toISOString(),
      run: 'drill',
      passed: true,
      recoverySeconds: 600,
      recoveryPointSeconds: 3600,
    });
    const good = await findings(target);
    expect([good.snapshot?.verdict, good.drill?.verdict]).toEqual(['pass', 'pass']);
    later(30 * HOUR);
    expect((await findings(target)).snapshot).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(new RegExp(`^${identifier} is 30 h`)),
    });
    later(110 * DAY);
    expect((await findings(target)).drill?.verdict).toBe('fail');
  });
});
