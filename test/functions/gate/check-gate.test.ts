import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as checkGate } from '../../../functions/gate/check-gate.ts';
import { handler as requireGate } from '../../../functions/gate/require-gate.ts';
import { keepDrill } from '../../../functions/rds/drill-record.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { dynamodb, toItem } from '../../../functions/run/documents.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createCloudWatchService } from '../../../sandbox/services/cloudwatch/cloudwatch-service.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import {
  BURN_RATE_DEFAULTS,
  type ErrorBudgetPolicy,
  type GateRequirement,
  type ReportedCheck,
  reportedChecksId,
} from '../../../schemas/gate.ts';
import { GateDecision } from '../../../schemas/gate-decision.ts';
import { Parameter } from '../../../schemas/names.ts';
import { Evidence } from '../../../schemas/run.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';
import { aService } from '../health/service/a-service.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

let services: Awaited<ReturnType<typeof startServices>>;
let cloudwatch: CloudWatchClient;
let balancers = 0;
const faults: Array<() => void> = [];

const requires = (check: string, change: Partial<GateRequirement> = {}): GateRequirement => ({
  check,
  maxAgeSeconds: 3600,
  mayBeUnknown: false,
  evenInEmergency: false,
  ...change,
});
const budget = (change: Partial<ErrorBudgetPolicy> = {}): ErrorBudgetPolicy => ({
  objectivePercent: 99.9,
  windowDays: 30,
  minimumRequests: 20,
  coverage: 0,
  burnRates: [...BURN_RATE_DEFAULTS],
  ...change,
});
/** Of a balancer of its own. */
function aTarget(gate: ServiceTarget['gate'], change: Partial<ServiceTarget> = {}): ServiceTarget {
  const number = ++balancers;
  return {
    ...aService('http://127.0.0.1:9'),
    loadBalancer: `app/api/${number}`,
    targetGroup: `targetgroup/api/${number}`,
    ...(gate === undefined ? {} : { gate }),
    ...change,
  };
}
const run = (id: string, override?: string) => ({
  id,
  arn: `arn:aws:states:us-east-1:123456789012:execution:release-gate:${id}`,
  runbook: 'release-gate',
  startedAt: new Date().toISOString(),
  dryRun: false,
  trigger: { kind: 'person' as const },
  ...(override === undefined ? {} : { override }),
});
type Step = (event: unknown, context: never) => Promise<unknown>;
const call = (step: unknown, event: unknown) =>
  (step as Step)(JSON.parse(JSON.stringify(event)), LAMBDA_CONTEXT);
const check = async (target: ServiceTarget, of?: ReturnType<typeof run>) =>
  GateDecision.parse(await call(checkGate, { target, ...(of === undefined ? {} : { run: of }) }));
const report = (one: Partial<ReportedCheck> & { check: string }) =>
  dynamodb().send(
    new PutItemCommand({
      TableName: process.env.NIGHTSHIFT_RUN_TABLE,
      Item: toItem({
        id: reportedChecksId('api'),
        sort: one.check,
        passed: true,
        at: new Date().toISOString(),
        by: 'pipeline',
        ...one,
      }),
    }),
  );
/** Counted by the balancer of a target so long ago, in milliseconds. */
function count(
  { loadBalancer = '', targetGroup = '' }: ServiceTarget,
  ago: number,
  requests: number,
  errors = 0,
) {
  const at = Date.now() - ago;
  const both = { LoadBalancer: loadBalancer, TargetGroup: targetGroup };
  const put = (name: string, value: number, dimensions: Record<string, string>) =>
    services.machine.engines.putMetric({ namespace: 'AWS/ApplicationELB', name, dimensions, value, at });
  put('RequestCount', requests, both);
  // As a balancer does, which tells nothing of what did not happen.
  if (errors > 0) put('HTTPCode_Target_5XX_Count', errors, both);
}

describe('check-gate', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const neighbours = (one: Machine): Service => {
      one.engines.putEvent = () => {};
      return { name: 'neighbours', apis: [], providers: [], close() {} };
    };
    services = await startServices([
      neighbours,
      createCloudWatchService,
      createSsmService,
      createDynamoDbService,
    ]);
    pointFunctionsAt(services);
    vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'test');
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
    cloudwatch = new CloudWatchClient(services.client);
    const ssm = new SSMClient(services.client);
    await ssm.send(
      new PutParameterCommand({
        Name: Parameter.target('test', 'database', 'main'),
        Type: 'String',
        Value: JSON.stringify({
          kind: 'database',
          name: 'main',
          instance: 'main',
          host: 'localhost',
          port: 5432,
          database: 'app',
          secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
          migrations: 'none',
        }),
      }),
    );
    ssm.destroy();
    for (const [name, state] of [
      ['api-errors', 'OK'],
      ['api-hosts', 'ALARM'],
    ] as const) {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: 'Shop',
          MetricName: 'Errors',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanThreshold',
        }),
      );
      await cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: 'the test says so' }),
      );
    }
  });
  afterEach(() => {
    for (const end of faults.splice(0)) end();
  });
  afterAll(async () => {
    cloudwatch?.destroy();
    dynamodb().destroy();
    await services?.close();
    vi.unstubAllEnvs();
  });

  it('is open where everything has passed, and lets the run go on with what it saw', async () => {
    await report({ check: 'unit-tests', evidence: 'https://ci.example.com/42' });
    await keepDrill('main', {
      at: new Date(Date.now() - 3 * DAY).toISOString(),
      run: 'drill',
      passed: true,
      recoverySeconds: 60,
      recoveryPointSeconds: 60,
    });
    const target = aTarget(
      {
        requires: ['unit-tests', 'drill-passed', 'error-budget', 'metrics-healthy'].map((name) =>
          requires(name),
        ),
        errorBudget: budget(),
      },
      {
        alarms: ['api-errors'],
        database: {
          kind: 'database',
          name: 'main',
          instance: 'main',
          host: 'localhost',
          port: 5432,
          database: 'app',
          secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
          migrations: 'none',
        },
      },
    );
    for (const ago of [8 * MINUTE, 20 * MINUTE, 5 * HOUR, 2 * DAY, 20 * DAY, 29 * DAY])
      count(target, ago, 10_000, 1);
    const decision = await check(target, run('open'));
    expect(decision.findings.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(decision).toMatchObject({ open: true, verdict: 'pass', reasons: [] });
    // All of the window counts, though CloudWatch keeps minutes for half of it.
    expect(decision.findings.find((one) => one.check === 'error-budget')?.observed).toMatch(
      /6 of 60000 requests/,
    );
    const evidence = Evidence.parse(await call(requireGate, { run: run('open'), gate: decision }));
    expect(evidence).toEqual({ passed: true, checks: [] });
    // What goes on has a verdict of its own; what only looks has this one.
    expect((await readRecord('open'))?.verdict).toBeUndefined();
    await call(requireGate, { run: run('open'), gate: decision, onlyLooks: true });
    expect((await readRecord('open'))?.verdict?.title).toBe('The gate of api is open');
    expect(decision.checks.find(({ name }) => name === 'unit-tests')?.measured).toMatch(
      /^passed \d+ s ago, by pipeline: https:\/\/ci\.example\.com\/42$/,
    );
    const log = await readAuditLog('open');
    expect(log.map(({ kind }) => kind)).toEqual(['check', 'check', 'check', 'check', 'decision']);
    expect(log.at(-1)?.summary).toBe('The gate is open: all that is required has passed.');
  });

  it('is closed with the list of what is missing, and refuses the run', async () => {
    await report({ check: 'typecheck', passed: false });
    await report({ check: 'old', at: new Date(Date.now() - 2 * HOUR).toISOString() });
    await report({ check: 'early', at: new Date(Date.now() + HOUR).toISOString() });
    const names = ['typecheck', 'old', 'early', 'never', 'rollback-ready', 'metrics-healthy', 'error-budget'];
    const target = aTarget(
      { requires: names.map((name) => requires(name)), errorBudget: budget() },
      { alarms: ['api-hosts', 'api-errors'] },
    );
    const decision = await check(target, run('closed'));
    expect(decision).toMatchObject({ open: false, verdict: 'fail' });
    expect(decision.reasons).toEqual([
      expect.stringMatching(/^typecheck: failed \d+ s ago, by pipeline$/),
      'old is not known: too old: passed 2 h ago, by pipeline',
      expect.stringMatching(/^early is not known: its report is of 59 min \d+ s in the future/),
      'never is not known: it was never reported',
      'rollback-ready is not known: nobody has looked yet: run rollback-readiness',
      expect.stringMatching(/^metrics-healthy: alarms: red: api-hosts; error ratio: no request was counted/),
      expect.stringMatching(/^error-budget is not known: 0 requests prove nothing, 20 are needed/),
    ]);
    await expect(call(requireGate, { run: run('closed'), gate: decision })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(
        /^The gate of api is closed: 2 of 7 checks failed, 5 have no result \(typecheck, metrics-healthy, old, .*In an emergency/,
      ),
    });
    // For the report, which has each check in a line of its own.
    expect((await readRecord('closed'))?.verdict).toMatchObject({
      title: 'The gate of api is closed: 2 of 7 checks failed, 5 have no result',
    });
    expect(decision.checks.map(({ next }) => next)).toContain(
      '`nightshift run rollback-readiness --service api` says what to do.',
    );
  });

  it('refuses on a spent budget all but an emergency, whose reason is recorded', async () => {
    const target = aTarget({ requires: [requires('error-budget')], errorBudget: budget() });
    count(target, 10 * DAY, 10_000, 50);
    for (const ago of [8 * MINUTE, 20 * MINUTE, 2 * HOUR]) count(target, ago, 1000);
    const decision = await check(target);
    expect(decision).toMatchObject({
      open: false,
      reasons: ['error-budget: it is spent, and 284.6 % more: 50 of 13000 requests failed'],
    });
    const emergency = await check(target, run('emergency', 'the site is down'));
    expect(emergency).toMatchObject({
      open: true,
      verdict: 'fail',
      override: { reason: 'the site is down', checks: ['error-budget'] },
    });
    expect((await readAuditLog('emergency')).at(-1)).toMatchObject({
      kind: 'decision',
      summary:
        'The gate is open for an emergency (the site is down), though not all has passed: error-budget.',
    });
    await call(requireGate, { run: run('emergency', 'the site is down'), gate: emergency });
    expect(emergency.checks[0]).toMatchObject({ passed: true, verdict: 'warn' });
    expect(emergency.checks[0]?.measured).toMatch(/^passed over in an emergency: it is spent/);
    const firm = {
      ...target,
      gate: { ...target.gate, requires: [requires('error-budget', { evenInEmergency: true })] },
    };
    expect((await check(firm as ServiceTarget, run('firm', 'the site is down'))).open).toBe(false);
  });

  it('refuses while the budget goes too fast, and no longer when that is over', async () => {
    const policy = { requires: [requires('error-budget')], errorBudget: budget({ objectivePercent: 99 }) };
    const burning = aTarget(policy);
    count(burning, 10 * DAY, 100_000);
    count(burning, 20 * MINUTE, 1000, 200);
    count(burning, 8 * MINUTE, 1000, 200);
    // The youngest whole five minutes have their own.
    count(burning, 3 * MINUTE, 1000, 200);
    expect((await check(burning)).reasons).toEqual([
      expect.stringMatching(/^error-budget: (60.8|41.7) % is left: .*at a rate of 20 in 1 h, 20 in 5 min/),
    ]);
    const over = aTarget(policy);
    count(over, 10 * DAY, 1_000_000);
    count(over, 50 * MINUTE, 3000, 3000);
    for (let minutes = 3; minutes < 30; minutes += 5) count(over, minutes * MINUTE, 1000);
    const decision = await check(over);
    // That it was too fast in these three days is still worth a warning.
    expect(decision).toMatchObject({ open: true, verdict: 'warn' });
    expect(decision.findings[0]?.observed).toMatch(/in 72 h, .* in 6 h/);
    expect(decision.findings[0]?.observed).not.toMatch(/in 1 h/);
  });

  it('does not know what CloudWatch does not tell, which the configuration may accept', async () => {
    const strict = aTarget({ requires: [requires('error-budget')], errorBudget: budget() });
    faults.push(services.machine.faults.add({ call: 'monitoring:GetMetricData', effect: 'throttle' }));
    expect((await check(strict)).reasons).toEqual([
      expect.stringMatching(/^error-budget is not known: AWS did not answer just now/),
    ]);
    const lenient = {
      ...strict,
      gate: { requires: [requires('error-budget', { mayBeUnknown: true })], errorBudget: budget() },
    };
    expect(await check(lenient)).toMatchObject({ open: true, verdict: 'warn' });
    const { loadBalancer: _balancer, ...blind } = strict;
    expect((await check(blind)).reasons[0]).toMatch(/names no load balancer/);
  });

  it('does not know reports that cannot be read, and looks at the rest', async () => {
    faults.push(
      services.machine.faults.add({ call: 'dynamodb:Query', effect: 'error:AccessDeniedException' }),
    );
    const target = aTarget(
      { requires: [requires('unit-tests'), requires('metrics-healthy')] },
      { alarms: ['api-hosts'] },
    );
    expect((await check(target)).reasons).toEqual([
      expect.stringMatching(/^unit-tests is not known: this function may not look/),
      expect.stringMatching(/^metrics-healthy: alarms: red: api-hosts/),
    ]);
  });

  it('does not call healthy what has no alarm and no metric, nor an alarm that is not there', async () => {
    const {
      loadBalancer: _balancer,
      targetGroup: _group,
      ...bare
    } = aTarget({ requires: [requires('metrics-healthy')] });
    expect((await check(bare)).reasons).toEqual([
      'metrics-healthy is not known: there is no metric to look at',
    ]);
    expect((await check({ ...bare, alarms: ['gone'] })).reasons).toEqual([
      'metrics-healthy is not known: alarms: gone does not exist',
    ]);
    expect((await check({ ...bare, alarms: ['api-errors'] })).open).toBe(true);
  });

  it('is closed where no gate is declared', async () => {
    expect(await check(aTarget(undefined))).toMatchObject({
      open: false,
      reasons: [expect.stringContaining('say in services.api.gate')],
    });
  });

  it('needs no drill of a service without a database', async () => {
    expect((await check(aTarget({ requires: [requires('drill-passed')] }))).open).toBe(true);
  });
});
