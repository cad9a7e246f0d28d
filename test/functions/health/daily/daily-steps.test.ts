import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as judgeHealth } from '../../../../functions/health/daily/judge-health.ts';
import { handler as planHealthCheck } from '../../../../functions/health/daily/plan-health-check.ts';
import { handler as reportHealth } from '../../../../functions/health/daily/report-health.ts';
import { handler as startHandlers } from '../../../../functions/health/daily/start-handlers.ts';
import { publishReadiness } from '../../../../functions/readiness/publish-readiness.ts';
import { readAuditLog } from '../../../../functions/run/audit-log.ts';
import { decideOutcome } from '../../../../functions/run/decide-outcome.ts';
import { createRecord, readRecord } from '../../../../functions/run/run-record.ts';
import type { Machine, Service } from '../../../../sandbox/contract.ts';
import { createS3Service } from '../../../../sandbox/services/s3/s3-service.ts';
import { createStatesService } from '../../../../sandbox/services/states/states-service.ts';
import { type CheckedTarget, Judged, JudgedDay, KeptDay, Started } from '../../../../schemas/daily-health.ts';
import { Parameter } from '../../../../schemas/names.ts';
import { Evidence, Plan, RunRecord } from '../../../../schemas/run.ts';
import { CONTEXT, startActing } from '../../../support/acting-run.ts';
import { aFinding, answering, aRecord, declared, failing } from './a-day.ts';

type Step = (event: unknown, context: never) => Promise<unknown>;
const call = (step: unknown, event: unknown) => (step as Step)(JSON.parse(JSON.stringify(event)), CONTEXT);
const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const FLEET = { kind: 'fleet', name: 'all', startsAtMost: 3, alarms: [], observeSeconds: 0 };
const BROKEN = aFinding('fail', { runbook: 'roll-back-service', observed: '/ready answered 503' });

/** Executions are counted in metrics that nobody reads here. */
const noMetrics = (machine: Machine): Service => {
  machine.engines.putMetric = () => {};
  return { name: 'metrics', apis: [], providers: [], close() {} };
};

let world: Awaited<ReturnType<typeof startActing>>;
let s3: S3Client;
let states: SFNClient;
let Bucket: string;
let runs = 0;
let run: RunRecord['run'];
const machines: Record<string, string> = {};

const put = (Key: string, content: unknown) =>
  s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: typeof content === 'string' ? content : JSON.stringify(content),
    }),
  );
async function read(Key: string): Promise<unknown> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}
async function executions(runbook: string) {
  const { executions: all = [] } = await states.send(
    new ListExecutionsCommand({ stateMachineArn: machines[runbook] }),
  );
  return all.map(({ name = '', executionArn = '' }) => ({ name, executionArn }));
}

/** What the Map state leaves of these records; `files` of each kind. */
async function results(files: { SUCCEEDED?: object[][]; FAILED?: object[][]; PENDING?: object[][] }) {
  const folder = `health/${run.id}/map`;
  const ResultFiles: Record<string, object[]> = {};
  for (const group of ['SUCCEEDED', 'FAILED', 'PENDING'] as const) {
    ResultFiles[group] = [];
    for (const [index, records] of (files[group] ?? []).entries()) {
      const Key = `${folder}/${group}_${index}.json`;
      await put(Key, records);
      ResultFiles[group].push({ Key, Size: size(records) });
    }
  }
  const Key = `${folder}/manifest.json`;
  await put(Key, { DestinationBucket: Bucket, MapRunArn: 'arn:map', ResultFiles });
  return { MapRunArn: 'arn:map', ResultWriterDetails: { Bucket, Key } };
}

/** A list as the plan leaves it. */
async function listed(targets: readonly CheckedTarget[], unread: object[] = []) {
  const prefix = `health/${run.id}`;
  const list = { bucket: Bucket, key: `${prefix}/targets.json`, prefix };
  await put(list.key, targets);
  await put(`${prefix}/unread.json`, unread);
  return { observed: { list } };
}
const yesterday = (content: unknown) => put(`health/${run.id}/previous.json`, content);
const judge = async (event: object) => Judged.parse(await call(judgeHealth, { run, ...event }));
const start = async (judged: Judged, target: object = {}, change: object = {}) =>
  Started.parse(
    await call(startHandlers, { run: { ...run, ...change }, target: { ...FLEET, ...target }, judged }),
  );
const report = async (judged: Judged, started: Started) =>
  Evidence.parse(await call(reportHealth, { run, judged, started }));
const record = async () => RunRecord.parse(await readRecord(run.id));

describe('the daily check', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    world = await startActing([noMetrics, createS3Service, createStatesService], { speed: 1 });
    s3 = new S3Client({ ...world.client, forcePathStyle: true });
    states = new SFNClient(world.client);
    Bucket = (await world.create('AWS::S3::Bucket', {}, 'Reports')).ref;
    vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', Bucket);
    const role = await world.create(
      'AWS::IAM::Role',
      {
        AssumeRolePolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'states.amazonaws.com' },
          },
        },
      },
      'Role',
    );
    const definition = { StartAt: 'done', States: { done: { Type: 'Pass', End: true } } };
    for (const [name, targetKind] of [
      ['roll-back-service', 'service'],
      ['validate-database', 'database'],
    ] as const) {
      const { ref } = await world.create(
        'AWS::StepFunctions::StateMachine',
        {
          StateMachineName: name,
          RoleArn: role.attributes?.Arn,
          DefinitionString: JSON.stringify(definition),
        },
        name,
      );
      machines[name] = ref;
      const entry = {
        name,
        stateMachineArn: ref,
        summary: '',
        targetKind,
        triggers: [],
        page: '',
        states: {},
      };
      await world.parameter(Parameter.runbook('nightshift', name), JSON.stringify(entry));
    }
  });
  afterAll(async () => {
    s3?.destroy();
    states?.destroy();
    await world?.stop();
  });
  beforeEach(async () => {
    const id = `daily-${++runs}`;
    run = {
      id,
      arn: `arn:aws:states:us-east-1:123456789012:execution:daily-health-check:${id}`,
      runbook: 'daily-health-check',
      startedAt: new Date().toISOString(),
      dryRun: false,
      trigger: { kind: 'schedule' },
    };
    await createRecord({ run, target: 'fleet/all', phase: 'plan', acted: false, checks: [], joined: 0 });
  });

  describe('plan-health-check', () => {
    const plan = async () => Plan.parse(await call(planHealthCheck, { run, target: FLEET }));

    it('lists nothing where nothing is declared', async () => {
      const made = await plan();
      expect(made).toMatchObject({
        target: 'fleet/all',
        summary: expect.stringContaining('nothing is declared'),
        observed: {
          list: { bucket: Bucket, key: `health/${run.id}/targets.json`, prefix: `health/${run.id}` },
          counts: { service: 0, database: 0, cache: 0 },
        },
        actions: [],
      });
      expect(await read(`health/${run.id}/targets.json`)).toEqual([]);
      expect(await record()).toMatchObject({ plan: made, phase: 'plan' });
    });

    it('lists all that is declared, puts the check before aside, and is not stopped by what it cannot read', async () => {
      const declare = (kind: string, name: string, content: unknown) =>
        world.parameter(
          Parameter.target('nightshift', kind, name),
          typeof content === 'string' ? content : JSON.stringify(content),
        );
      const cache = {
        kind: 'cache',
        name: 'main',
        replicationGroup: 'main',
        host: 'cache.example.com',
        port: 6379,
      };
      await declare('service', 'web', declared('web'));
      await declare('service', 'api', declared('api'));
      await declare('service', 'torn', '{"kind":');
      await declare('service', 'newer', { ...declared('newer'), cluster: 7 });
      // Of another kind than it lies under.
      await declare('database', 'odd', declared('odd'));
      await declare('cache', 'main', cache);
      await put('health/latest.json', { format: 1, runId: 'before' });
      const { observed, summary } = await plan();
      expect(summary).toContain('Looks at 2 services and 1 cache.');
      expect(observed).toMatchObject({ counts: { service: 2, database: 0, cache: 1 }, unread: 3 });
      expect(await read(`health/${run.id}/targets.json`)).toMatchObject([
        { kind: 'service', name: 'api' },
        { kind: 'service', name: 'web' },
        { kind: 'cache', name: 'main' },
      ]);
      expect(await read(`health/${run.id}/unread.json`)).toEqual(
        ['service/newer', 'service/torn', 'database/odd'].map((target) => ({
          target,
          why: expect.stringContaining('cannot be read by this version'),
        })),
      );
      expect(await read(`health/${run.id}/previous.json`)).toEqual({ format: 1, runId: 'before' });
      expect(await plan()).toEqual(await plan());
      // What was broken may hang again: it goes first, and the others are checked meanwhile.
      await put('health/latest.json', {
        format: 1,
        runId: 'before',
        at: new Date().toISOString(),
        targets: [
          { target: 'service/api', verdict: 'pass', bad: [] },
          { target: 'service/web', verdict: 'warn', bad: [] },
          { target: 'cache/main', verdict: 'unknown', bad: [] },
        ],
      });
      await plan();
      expect(await read(`health/${run.id}/targets.json`)).toMatchObject([
        { kind: 'cache', name: 'main' },
        { kind: 'service', name: 'api' },
        { kind: 'service', name: 'web' },
      ]);
    });
  });

  describe('judge-health', () => {
    it('knows what became of every target, whichever file tells it', async () => {
      const plan = await listed(
        ['ok', 'ill', 'late', 'slow', 'begun', 'twice', 'silent'].map((name) => declared(name)),
        [{ target: 'service/new', why: 'its declaration cannot be read' }],
      );
      const again = { StopDate: '2026-11-21T08:09:00.000Z' };
      const checks = await results({
        SUCCEEDED: [
          [
            aRecord('service/ok', answering('service/ok', [aFinding('pass')])),
            aRecord('service/other', answering('service/other', [aFinding('fail')])),
          ],
          [
            aRecord('service/ill', answering('service/ill', [BROKEN])),
            aRecord('service/twice', { ...answering('service/twice', [aFinding('pass')]), ...again }),
          ],
        ],
        FAILED: [
          [
            aRecord('service/late', failing('States.Timeout', '')),
            aRecord('service/slow', failing('Lambda.TooManyRequestsException', 'Rate Exceeded.')),
            aRecord('service/twice', failing('Transient', '{"errorMessage":"password=hunter2"}')),
          ],
        ],
        PENDING: [[aRecord('service/begun', { Status: 'PENDING', StopDate: undefined })]],
      });
      const judged = await judge({ plan, checks });
      expect(judged).toMatchObject({ counts: { fail: 1, unknown: 5, warn: 0, pass: 2 }, wantedInAll: 0 });
      const day = JudgedDay.parse(await read(judged.key));
      expect(day.targets.map(({ target, verdict, bad }) => [target, verdict, bad[0]?.observed])).toEqual([
        ['service/ill', 'fail', '/ready answered 503'],
        ['service/begun', 'unknown', 'its check was never begun'],
        ['service/late', 'unknown', 'its check did not end in time'],
        ['service/new', 'unknown', 'its declaration cannot be read'],
        ['service/silent', 'unknown', 'there is no result of its check'],
        ['service/slow', 'unknown', expect.stringContaining('throttled')],
        ['service/ok', 'pass', undefined],
        ['service/twice', 'pass', undefined],
      ]);
      expect(day.previous).toBeUndefined();
      expect(await readAuditLog(run.id)).toMatchObject([{ kind: 'observation' }]);
    });

    it('knows nothing where results are missing or torn, and fails at none of it', async () => {
      const plan = await listed([declared('api')]);
      const ok = [aRecord('service/api', answering('service/api', [aFinding('pass')]))];
      const checks = await results({ SUCCEEDED: [ok] });
      expect(await judge({ plan, checks })).toMatchObject({ counts: { pass: 1, unknown: 0 } });
      expect(await judge({ plan })).toMatchObject({ counts: { unknown: 1 } });
      await put(`health/${run.id}/map/SUCCEEDED_0.json`, '[{"Status":');
      expect(await judge({ plan, checks })).toMatchObject({ counts: { unknown: 1 } });
      await put(checks.ResultWriterDetails.Key, '{}');
      expect(await judge({ plan, checks })).toMatchObject({ counts: { unknown: 1 } });
    });

    it('looks at no results of nothing', async () => {
      const checks = { ResultWriterDetails: { Bucket, Key: 'health/none/manifest.json' } };
      const judged = await judge({ plan: await listed([]), checks });
      expect(judged.counts).toEqual({ fail: 0, unknown: 0, warn: 0, pass: 0 });
      expect(await report(judged, { runs: [] })).toMatchObject({ passed: true, checks: [{ passed: true }] });
    });

    it('compares to the check before, if it understands it', async () => {
      const plan = await listed([declared('api'), declared('new')]);
      const checks = await results({
        SUCCEEDED: [[aRecord('service/api', answering('service/api', [BROKEN]))]],
      });
      const targets = [
        { target: 'service/api', verdict: 'pass', bad: [] },
        { target: 'service/gone', verdict: 'fail', bad: [] },
      ];
      const kept = { format: 1, runId: 'before', at: '2026-11-20T08:00:00.000Z', targets };
      await yesterday(kept);
      const compared = async () => {
        const { key } = await judge({ plan, checks });
        const { previous, changes } = JudgedDay.parse(await read(key));
        return { previous, changes };
      };
      expect(await compared()).toEqual({
        previous: { runId: 'before', at: '2026-11-20T08:00:00.000Z' },
        changes: [
          { change: 'newly broken', targets: ['service/api'] },
          { change: 'declared since', targets: ['service/new'] },
          { change: 'no longer declared', targets: ['service/gone'] },
        ],
      });
      for (const other of [{ ...kept, format: 2 }, '{"format":', '[]']) {
        await yesterday(other);
        expect(await compared()).toEqual({ changes: [] });
      }
    });

    it('tells for each service whether it could be rolled back', async () => {
      const at = new Date().toISOString();
      const line = 'service/seen is NOT ready to be rolled back: image: it is gone';
      await publishReadiness({ target: 'service/seen', at, passed: false, line });
      const { key } = await judge({ plan: await listed([declared('seen'), declared('unseen')]) });
      expect(JudgedDay.parse(await read(key)).readiness).toEqual([
        { target: 'service/seen', ready: false, line },
        { target: 'service/unseen', ready: null, line: expect.stringContaining('nobody has looked') },
      ]);
    });
  });

  describe('start-handlers', () => {
    const wanted = (name: string, change: Partial<Judged['wanted'][number]> = {}) => ({
      runbook: 'roll-back-service',
      kind: 'service' as const,
      name,
      because: ['readiness'],
      ...change,
    });
    const judgedOf = (...all: Judged['wanted']): Judged => ({
      bucket: Bucket,
      key: 'x',
      counts: { fail: all.length, unknown: 0, warn: 0, pass: 0 },
      wanted: all,
      wantedInAll: all.length,
    });

    it('starts each as a run of its own, once, and tells which it could not start', async () => {
      const judged = judgedOf(
        wanted('api'),
        wanted('web', { runbook: 'no-such-runbook' }),
        wanted('main', { runbook: 'validate-database' }),
      );
      const before = await executions('roll-back-service');
      const { runs: became } = await start(judged);
      expect(became).toEqual([
        { ...wanted('api'), runId: expect.stringMatching(/^roll-back-service-api-[0-9a-f]{12}$/) },
        {
          ...wanted('web', { runbook: 'no-such-runbook' }),
          whyNot: expect.stringContaining('no runbook no-such-runbook'),
        },
        {
          ...wanted('main', { runbook: 'validate-database' }),
          whyNot: 'validate-database is for a database, and main is a service',
        },
      ]);
      expect(await start(judged)).toEqual({ runs: became });
      const known = new Set(before.map(({ name }) => name));
      const [started, ...others] = (await executions('roll-back-service')).filter(
        ({ name }) => !known.has(name),
      );
      expect(others).toEqual([]);
      expect(started?.name).toBe(became[0]?.runId);
      const { input = '' } = await states.send(
        new DescribeExecutionCommand({ executionArn: started?.executionArn }),
      );
      expect(JSON.parse(input)).toEqual({ service: 'api', trigger: { kind: 'runbook', by: run.id } });
      expect((await readAuditLog(run.id)).slice(0, 3)).toMatchObject([
        { kind: 'decision', summary: expect.stringContaining('Started roll-back-service for service/api') },
        { kind: 'decision', summary: expect.stringContaining('Did not start no-such-runbook') },
        { kind: 'decision' },
      ]);
    });

    it('counts as started what an earlier attempt has started, though it has ended since', async () => {
      const judged = judgedOf(wanted('api'));
      const first = await start(judged);
      const { executionArn = '' } =
        (await executions('roll-back-service')).find(({ name }) => name === first.runs[0]?.runId) ?? {};
      await expect
        .poll(async () => (await states.send(new DescribeExecutionCommand({ executionArn }))).status)
        .toBe('SUCCEEDED');
      expect(await start(judged)).toEqual(first);
    });

    it('goes on where AWS refuses one', async () => {
      world.fault('states:StartExecution', 'error:AccessDeniedException', [1]);
      const { runs: became } = await start(judgedOf(wanted('api'), wanted('web')));
      expect(became).toMatchObject([{ whyNot: expect.stringContaining('AccessDenied') }, {}]);
      expect(became[1]?.runId).toBeDefined();
    });

    it.each<[string, number, object, object, string]>([
      ['more are wanted than may be', 2, { startsAtMost: 1 }, {}, 'have in common'],
      ['the configuration lets it start none', 1, { startsAtMost: 0 }, {}, 'the configuration'],
      ['it is a dry run', 1, {}, { dryRun: true }, 'a dry run'],
    ])('starts nothing where %s', async (_when, count, target, change, why) => {
      const before = await executions('roll-back-service');
      const judged = judgedOf(...['api', 'web'].slice(0, count).map((name) => wanted(name)));
      const { runs: became } = await start(judged, target, change);
      expect(became).toHaveLength(count);
      for (const one of became) expect(one.whyNot).toContain(why);
      expect(await executions('roll-back-service')).toHaveLength(before.length);
      expect(await readAuditLog(run.id)).toHaveLength(1);
    });

    it('starts nothing while the switch is off', async () => {
      await world.turnSwitch('off');
      expect((await start(judgedOf(wanted('api')))).runs).toMatchObject([{ whyNot: 'the switch is off' }]);
      await world.turnSwitch('on');
    });
  });

  describe('report-health', () => {
    it('tells how it is, keeps it, and is evidence', async () => {
      const plan = await listed([declared('api', ['roll-back-service']), declared('web')]);
      const checks = await results({
        SUCCEEDED: [
          [
            aRecord('service/api', answering('service/api', [BROKEN])),
            aRecord('service/web', answering('service/web', [aFinding('pass')])),
          ],
        ],
      });
      const judged = await judge({ plan, checks });
      const started = await start(judged);
      const evidence = await report(judged, started);
      expect(evidence).toEqual({
        passed: false,
        checks: [
          {
            name: 'service/api',
            passed: false,
            verdict: 'fail',
            measured: 'readiness: /ready answered 503',
            at: expect.any(String),
          },
          { name: 'all others', passed: true, measured: '1 works', at: expect.any(String) },
        ],
      });
      const { verdict, sections = [], quiet } = await record();
      expect(verdict?.title).toBe('1 of 2 is broken: api');
      expect(quiet).toBe(false);
      expect(sections.map(({ title }) => title)).toEqual([
        'What was started',
        'What changed',
        'What is not as it must be',
        'All 2 targets',
        'Could they be rolled back',
      ]);
      expect(sections[0]?.lines?.[0]).toContain(`nightshift report ${started.runs[0]?.runId}`);
      expect(KeptDay.parse(await read('health/latest.json'))).toMatchObject({
        runId: run.id,
        targets: [
          { target: 'service/api', verdict: 'fail', bad: [{ check: 'readiness', verdict: 'fail' }] },
          { target: 'service/web', verdict: 'pass', bad: [] },
        ],
      });
      const log = await readAuditLog(run.id);
      expect(log.at(-1)).toMatchObject({
        kind: 'check',
        summary: 'FAILED: api: readiness: /ready answered 503.',
      });
      // Run twice, it says and keeps the same.
      expect(await report(judged, started)).toEqual(evidence);
      expect(await readAuditLog(run.id)).toHaveLength(log.length);
    });

    it('wakes nobody up for what is not known, as long as something is', async () => {
      const plan = await listed([declared('api'), declared('web')]);
      const checks = await results({
        SUCCEEDED: [[aRecord('service/web', answering('service/web', [aFinding('pass')]))]],
      });
      const judged = await judge({ plan, checks });
      expect(await report(judged, await start(judged))).toMatchObject({
        passed: false,
        checks: [{ name: 'service/api', verdict: 'unknown' }, { name: 'all others' }],
      });
      expect(await record()).toMatchObject({ quiet: true });
      // A check that sees nothing at all is blind, and somebody has to know.
      const blind = await judge({ plan: await listed([declared('api')]) });
      expect(await report(blind, await start(blind))).toMatchObject({ passed: false });
      expect(await record()).toMatchObject({ quiet: false });
    });
  });

  describe('of five hundred', () => {
    const names = Array.from({ length: 500 }, (_, index) => `service-number-${index}`);
    const targets = names.map((name) => declared(name, ['roll-back-service']));

    it('of which forty fail and ten hang, tells it briefly and starts nothing', async () => {
      const records = names.slice(0, 490).map((name, index) => {
        const findings = index < 40 ? [aFinding('pass'), BROKEN] : [aFinding('pass')];
        return aRecord(
          `service/${name}`,
          answering(`service/${name}`, findings, index < 40 ? 'fail' : 'pass'),
        );
      });
      const hung = names.slice(490).map((name) => aRecord(`service/${name}`, failing('States.Timeout', '')));
      const checks = await results({
        SUCCEEDED: [records.slice(0, 300), records.slice(300)],
        FAILED: [hung],
      });
      const judged = await judge({ plan: await listed(targets), checks });
      expect(judged).toMatchObject({
        counts: { fail: 40, unknown: 10, warn: 0, pass: 450 },
        wantedInAll: 40,
      });
      const before = await executions('roll-back-service');
      const started = await start(judged);
      expect(started.runs.every(({ whyNot }) => whyNot?.includes('40 are wanted at once, more than 3'))).toBe(
        true,
      );
      expect(await executions('roll-back-service')).toHaveLength(before.length);
      const { passed, checks: proofs } = await report(judged, started);
      expect(passed).toBe(false);
      expect(proofs).toHaveLength(51);
      const { verdict, sections = [] } = await record();
      expect(verdict?.title).toBe(
        '40 of 500 are broken: service-number-0, service-number-1, service-number-2 and 37 more; 10 could not be looked at',
      );
      expect(size(verdict)).toBeLessThan(1500);
      expect(sections[0]?.lines).toEqual([
        expect.stringMatching(/^NOT started: .* and 35 more: 40 are wanted/),
      ]);
      // One row for each of the two things that are wrong.
      expect(sections.find(({ title }) => title.startsWith('What is not'))?.table?.rows).toHaveLength(2);
      expect(size(sections)).toBeLessThan(16_000);
    });

    it('that all fail in many ways fit into the state, into a record and into what an execution fails with', async () => {
      const text = (index: number) =>
        `${'a long story about what went wrong '.repeat(8)} ${'xyz'[index % 3]}${index}`;
      const records = names.map((name, index) => {
        const findings = Array.from({ length: 10 }, (_, number) =>
          aFinding('fail', {
            check: `check ${number} ${String.fromCharCode(97 + (index % 26))}`.repeat(6),
            observed: text(index * 10 + number),
            expected: text(number),
            runbook: number % 2 === 0 ? 'roll-back-service' : 'validate-database',
          }),
        );
        return aRecord(`service/${name}`, answering(`service/${name}`, findings));
      });
      const everything = targets.map((one) => declared(one.name, ['roll-back-service', 'validate-database']));
      for (const name of names.slice(0, 60))
        await publishReadiness({
          target: `service/${name}`,
          at: new Date().toISOString(),
          passed: false,
          line: text(1).padEnd(300, '!'),
        });
      const plan = await listed(everything);
      const judged = await judge({ plan, checks: await results({ SUCCEEDED: [records] }) });
      expect(judged).toMatchObject({ counts: { fail: 500 }, wantedInAll: 1000 });
      const started = await start(judged);
      const evidence = await report(judged, started);
      expect(size({ plan, judged, started, evidence })).toBeLessThan(128_000);
      const { error, cause } = decideOutcome({
        joined: false,
        dryRun: false,
        acted: false,
        hasPlan: true,
        undone: false,
        checks: evidence.checks,
        verified: evidence.passed,
      });
      // Step Functions takes no longer cause.
      expect(cause.length).toBeLessThan(32_768);
      const whole = { ...(await record()), checks: evidence.checks, error: { name: error, message: cause } };
      expect(size(whole)).toBeLessThan(100_000);
    });
  });
});
