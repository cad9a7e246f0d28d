import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { acquireLock, readLock, releaseLock, releaseLocks } from '../../../functions/run/lock.ts';
import { handler } from '../../../functions/run/open-run.ts';
import { createRecord, readRecord, TARGET_INDEX, updateRecord } from '../../../functions/run/run-record.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import { Parameter } from '../../../schemas/names.ts';
import type { OpenedRun, RunRecord } from '../../../schemas/run.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

const DEPLOYMENT = 'nightshift';
const CONSUMERS = ['service/api', 'service/worker'];
const MAIN = 'database/main';

let services: Awaited<ReturnType<typeof startServices>>;
let runs = 0;

beforeAll(async () => {
  services = await startServices([createDynamoDbService, createSsmService]);
  pointFunctionsAt(services);
  vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', DEPLOYMENT);
  await createTable(services, 'NIGHTSHIFT_LOCK_TABLE', ['key']);
  await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort'], {
    name: TARGET_INDEX,
    keys: ['target', 'startedAt'],
  });
  const parameter = (Name: string, value: unknown) =>
    services.create('AWS::SSM::Parameter', {
      Name,
      Type: 'String',
      Value: typeof value === 'string' ? value : JSON.stringify(value),
    });
  await parameter(Parameter.killSwitch(DEPLOYMENT), 'on');
  await parameter(Parameter.policy(DEPLOYMENT), {
    freezeWindows: [],
    changeCalendars: [],
    didNotHold: { times: 3, windowMinutes: 60 },
    approval: { 'restore-database': 'swap' },
    approvalTimeoutMinutes: 90,
  });
  await parameter(Parameter.target(DEPLOYMENT, 'database', 'main'), {
    kind: 'database',
    name: 'main',
    instance: 'main',
    host: 'main.invalid',
    port: 5432,
    database: 'shop',
    secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:main',
    migrations: 'none',
    // Not in order.
    consumers: ['worker', 'api'],
  });
  const secret = (name: string, consumers: string[]) => ({ name, tags: ['leaked'], after: [], consumers });
  for (const { name, consumers, tags, after } of [secret('jwt', ['api', 'worker']), secret('login', ['api'])])
    await parameter(Parameter.target(DEPLOYMENT, 'secret', name), {
      kind: 'secret',
      name,
      secretArn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`,
      consumers,
      after,
      tags,
      overlapSeconds: 0,
    });
  await parameter(Parameter.target(DEPLOYMENT, 'secrets', 'all'), {
    kind: 'secrets',
    name: 'all',
    secrets: [secret('jwt', ['api', 'worker']), secret('login', ['api'])],
  });
  await parameter(Parameter.target(DEPLOYMENT, 'service', 'api'), {
    kind: 'service',
    name: 'api',
    environment: 'production',
    cluster: 'shop',
    service: 'api',
    baseUrl: 'http://api.invalid',
    livenessPath: '/live',
    readinessPath: '/ready',
    latencyLimitMilliseconds: 1000,
    errorRatioLimitPercent: 1,
    minimumRequests: 20,
    bakeSeconds: 60,
    observeSeconds: 60,
    steadyTimeoutSeconds: 600,
    alarms: [],
  });
});
afterAll(async () => {
  await services?.close();
  vi.unstubAllEnvs();
});

/** Opens a run of a runbook as its state machine does. */
async function open(
  state: object,
  options: {
    runbook?: string;
    id?: string;
    locksConsumers?: string;
    routine?: boolean;
    targetKind?: string;
    requiresReason?: boolean;
  } = {},
): Promise<OpenedRun> {
  const { runbook = 'restore-database', locksConsumers = 'swap', routine = false } = options;
  const id = options.id ?? `run-${++runs}`;
  const event = {
    execution: { id, arn: `arn:${runbook}:${id}`, startedAt: new Date().toISOString() },
    runbook,
    targetKind: options.targetKind ?? ('service' in state ? 'service' : 'database'),
    requiresReason: options.requiresReason ?? false,
    acts: true,
    locksConsumers,
    routine,
    state,
  };
  return (await (handler as (event: unknown, context: never) => Promise<unknown>)(
    event,
    LAMBDA_CONTEXT,
  )) as OpenedRun;
}
const owners = () => Promise.all([MAIN, ...CONSUMERS].map(async (key) => (await readLock(key))?.ownerRun));
const close = async (id: string) => releaseLocks((await readRecord(id)) as RunRecord);

describe('open-run', () => {
  it('tells of alarms only where there are any', async () => {
    const { run, target } = await open({ database: 'main', dryRun: true });
    expect(target?.alarms).toEqual([]);
    expect((await readAuditLog(run.id)).map(({ kind }) => kind)).not.toContain('observation');
  });

  it('writes down what was asked for, and nothing where nothing was', async () => {
    const asked = await open({ database: 'main', snapshot: 'Before', dryRun: true });
    expect(asked.run.request).toEqual({ snapshot: 'before' });
    expect((await readRecord(asked.run.id))?.run.request).toEqual({ snapshot: 'before' });
    const bare = await open({ database: 'main', dryRun: true });
    expect(bare.run).not.toHaveProperty('request');
  });

  it.each([
    ['beside', { mode: 'beside' }, false],
    ['by swap', { mode: 'swap' }, true],
    ['to undo a swap', { unfinished: 'undo' }, true],
  ])(
    'asks for approval, and takes the locks of the consumers, of a restore %s as its rules say',
    async (_, request, swaps) => {
      const { run, lock, opening } = await open({ database: 'main', ...request });
      expect(opening).toMatchObject({ decision: 'proceed', needsApproval: swaps });
      expect(lock?.also?.map(({ key }) => key)).toEqual(swaps ? CONSUMERS : undefined);
      expect(await owners()).toEqual([run.id, ...CONSUMERS.map(() => (swaps ? run.id : undefined))]);
      expect((await readRecord(run.id))?.alsoLocked).toEqual(swaps ? CONSUMERS : undefined);
      await close(run.id);
      expect(await owners()).toEqual([undefined, undefined, undefined]);
    },
  );

  it('keeps the locks of the consumers as long as a person thinks', async () => {
    const { run } = await open({ database: 'main', mode: 'swap' });
    for (const key of [MAIN, ...CONSUMERS])
      expect((await readLock(key))?.expiresAtMilliseconds).toBeGreaterThan(Date.now() + 90 * 60_000);
    await close(run.id);
  });

  it('takes no lock of a consumer in a dry run, for a runbook that never needs one, or where all is said', async () => {
    expect((await open({ database: 'main', mode: 'swap', dryRun: true })).lock).toBeNull();
    expect(await owners()).toEqual([undefined, undefined, undefined]);
    const never = await open({ database: 'main', mode: 'swap' }, { locksConsumers: 'never' });
    expect(never.lock).not.toHaveProperty('also');
    await close(never.run.id);
    const always = await open(
      { database: 'main' },
      { runbook: 'recover-migration', locksConsumers: 'always' },
    );
    expect(always.lock?.also).toHaveLength(2);
    await close(always.run.id);
  });

  it('holds the same locks when it is run twice', async () => {
    const first = await open({ database: 'main', mode: 'swap' }, { id: 'twice' });
    expect((await open({ database: 'main', mode: 'swap' }, { id: 'twice' })).lock).toEqual(first.lock);
    await close('twice');
  });

  it('refuses while another run has a consumer, and has changed nothing then', async () => {
    const other = {
      id: 'rollback-1',
      arn: 'arn:rollback-1',
      runbook: 'roll-back-service',
      startedAt: new Date().toISOString(),
    };
    await createRecord({
      run: { ...other, dryRun: false, trigger: { kind: 'person' } },
      target: 'service/worker',
      phase: 'act',
      acted: true,
      checks: [],
      joined: 0,
    });
    await acquireLock('service/worker', other, 600);
    await expect(open({ database: 'main', mode: 'swap' }, { id: 'refused' })).rejects.toMatchObject({
      name: 'Refused',
      message:
        'The run rollback-1 (roll-back-service on service/worker) holds the lock of service/worker, which this run would stop and start. Nothing was changed. Start this run again when that one has ended.',
      facts: { lock: 'service/worker', owner: 'rollback-1' },
    });
    expect(await owners()).toEqual([undefined, undefined, 'rollback-1']);
    // Closing it takes nothing away from the other.
    await close('refused');
    await releaseLock('service/worker', 'rollback-1');
  });

  it('lets an alarm of a consumer join the run that has stopped it, and says which one', async () => {
    const swap = await open({ database: 'main', mode: 'swap' });
    const alarm = await open({ service: 'api' }, { runbook: 'roll-back-service', locksConsumers: 'never' });
    expect(alarm).toMatchObject({ lock: null, opening: { decision: 'joined', joinedRun: swap.run.id } });
    expect((await readAuditLog(alarm.run.id)).at(-1)?.summary).toBe(
      `The run ${swap.run.id} (restore-database on database/main) is at work and holds the lock of service/api too, which it stops and starts; this trigger joins it.`,
    );
    expect(await close(swap.run.id)).toBe(1);
  });

  it('joins a run on the same database, and says what that one does', async () => {
    const first = await open({ database: 'main' });
    const second = await open({ database: 'main', mode: 'swap' });
    expect(second).toMatchObject({ lock: null, opening: { decision: 'joined', joinedRun: first.run.id } });
    expect((await readAuditLog(second.run.id)).at(-1)?.summary).toBe(
      `The run ${first.run.id} (restore-database on database/main) is already at work on database/main; this trigger joins it.`,
    );
    expect(await close(second.run.id)).toBe(0);
    expect(await owners()).toEqual([first.run.id, undefined, undefined]);
    expect(await close(first.run.id)).toBe(1);
  });

  it('refuses a remedy that did not hold, but neither what is done every so often nor the end of a swap', async () => {
    const again = async (options: { runbook: string; routine?: boolean }, request: object = {}) => {
      const { run } = await open({ database: 'main', ...request }, options);
      await updateRecord(run.id, { acted: true });
      await close(run.id);
    };
    for (let time = 0; time < 4; time += 1) await again({ runbook: 'snapshot-database', routine: true });
    const restore = { runbook: 'restore-database' };
    for (let time = 0; time < 3; time += 1) await again(restore);
    await expect(again(restore)).rejects.toMatchObject({ name: 'Refused' });
    await again(restore, { unfinished: 'undo' });
  });
});

describe('open-run for secrets', () => {
  const ROTATE = { runbook: 'rotate-secret', targetKind: 'secret', locksConsumers: 'always', routine: true };
  const COMPROMISED = {
    runbook: 'rotate-compromised',
    targetKind: 'secrets',
    locksConsumers: 'always',
    routine: true,
    requiresReason: true,
  };
  const reason = 'the keys were in a log';
  const keysOf = ({ lock }: OpenedRun) => [lock?.key, ...(lock?.also ?? []).map(({ key }) => key)];

  it('locks a secret and whoever is given it', async () => {
    const run = await open({ secret: 'jwt' }, ROTATE);
    expect(keysOf(run)).toEqual(['secret/jwt', 'service/api', 'service/worker']);
    await close(run.run.id);
  });

  it('locks every secret that is known to others, and their services, through a freeze', async () => {
    const freeze = { name: 'always', from: '2020-01-01T00:00:00Z', to: '2120-01-01T00:00:00Z' };
    const policy = {
      freezeWindows: [freeze],
      changeCalendars: [],
      didNotHold: { times: 3, windowMinutes: 60 },
      approval: {},
      approvalTimeoutMinutes: 90,
    };
    const setPolicy = (freezeWindows: object[]) =>
      services.create('AWS::SSM::Parameter', {
        Name: Parameter.policy(DEPLOYMENT),
        Type: 'String',
        Value: JSON.stringify({ ...policy, freezeWindows }),
      });
    await setPolicy([freeze]);
    await expect(open({ secret: 'jwt' }, ROTATE)).rejects.toMatchObject({ name: 'Refused' });
    const run = await open({ tag: 'leaked', reason }, COMPROMISED);
    expect(keysOf(run)).toEqual([
      'secrets/all',
      'secret/jwt',
      'secret/login',
      'service/api',
      'service/worker',
    ]);
    expect(run.run).toMatchObject({ override: reason, request: { tag: 'leaked' } });
    expect((await readRecord(run.run.id))?.target).toBe('secrets/all');
    await close(run.run.id);
    await setPolicy([]);
  });

  it('takes no lock for names that are not declared, nor without a reason', async () => {
    await expect(open({ secrets: ['jwtt'], reason }, COMPROMISED)).rejects.toThrow('Did you mean "jwt"?');
    await expect(open({ secrets: ['jwt'] }, COMPROMISED)).rejects.toThrow('"reason" is missing');
    expect((await readLock('secrets/all'))?.ownerRun).toBeUndefined();
    expect((await open({ secrets: ['jwt'], dryRun: true }, COMPROMISED)).lock).toBeNull();
  });

  it('lets the same request join, and refuses another one: nobody must think that it is done', async () => {
    const first = await open({ secrets: ['login'], reason }, COMPROMISED);
    expect((await open({ secrets: ['login'], reason }, COMPROMISED)).opening.decision).toBe('joined');
    await expect(open({ secrets: ['jwt'], reason }, COMPROMISED)).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringContaining('was asked for something else'),
    });
    // It has the lock of this secret, too.
    await expect(open({ secret: 'login' }, ROTATE)).rejects.toMatchObject({ name: 'Refused' });
    const alarm = await open({ service: 'api' }, { runbook: 'roll-back-service' });
    expect((await readAuditLog(alarm.run.id)).at(-1)?.summary).toContain('which it deploys anew');
    await close(first.run.id);
  });

  it('lets a schedule join whatever is going on: it comes again', async () => {
    const first = await open({ secret: 'login' }, ROTATE);
    const scheduled = { secret: 'login', unfinished: 'finish', trigger: { kind: 'schedule', by: 'hourly' } };
    expect((await open(scheduled, ROTATE)).opening).toMatchObject({
      decision: 'joined',
      joinedRun: first.run.id,
    });
    await close(first.run.id);
  });
});
