import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { readRotations } from '../../../functions/secrets/rotation-records.ts';
import { rotationOf } from '../../../functions/secrets/rotation-state.ts';
import { RETRY_PAUSES_MILLISECONDS } from '../../../sandbox/services/secrets-manager/rotation-runner.ts';
import type { Plan } from '../../../schemas/run.ts';
import type { SecretTarget } from '../../../schemas/secret.ts';
import { POLL, startRotating } from './a-rotation-world.ts';

type World = Awaited<ReturnType<typeof startRotating>>;
type Begun = Awaited<ReturnType<World['begin']>>;

/** One service, deployed anew over and over, and a secret of its own for each test. */
describe('the steps of a rotation', { timeout: 60_000 }, () => {
  let world: World;
  const ended: Array<() => void> = [];
  const said: string[] = [];

  beforeAll(async () => {
    world = await startRotating();
    await world.create(
      'AWS::ECS::TaskDefinition',
      { Family: 'app', ContainerDefinitions: [{ Name: 'app', Image: 'app', Essential: true }] },
      'Definition',
    );
    await world.create(
      'AWS::ECS::Service',
      { ServiceName: 'api', Cluster: 'main', TaskDefinition: 'app', DesiredCount: 1 },
      'Service',
    );
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
    Object.assign(world.service, {
      failing: undefined,
      stale: 0,
      obstacles: [],
      endedSessions: [],
      storesAgain: false,
    });
    world.service.asked.splice(0);
  });
  afterAll(async () => {
    await world?.stop();
  });
  const fault = (...rule: Parameters<World['fault']>) => ended.push(world.fault(...rule));

  /** Rotates and deploys anew, as far as that goes well. */
  async function rotate(run: Begun): Promise<Plan> {
    const plan = await run.plan();
    expect(await run.rotated(await run.begun(plan))).toMatchObject({ state: 'done' });
    expect(await run.serving(await run.redeployed(plan))).toMatchObject({ state: 'done' });
    said.push(JSON.stringify(plan));
    return plan;
  }
  const tokenOf = (plan: Plan) => rotationOf(plan).secrets[0]?.token as string;
  async function listen(run: Begun, ...more: unknown[]): Promise<void> {
    said.push(JSON.stringify(await readAuditLog(run.run.id)), ...more.map((one) => JSON.stringify(one)));
  }

  it('rotate a secret, deploy its consumers anew, prove it, and keep the old value for its overlap', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const before = await world.labels(target);
    const deployed = await world.deployment();
    const plan = await rotate(run);
    expect(await world.labels(target)).toMatchObject({
      AWSCURRENT: tokenOf(plan),
      AWSPREVIOUS: before.AWSCURRENT,
    });
    expect(await world.deployment()).not.toBe(deployed);
    const evidence = await run.proved(plan);
    expect(evidence).toMatchObject({ passed: true });
    expect(evidence.checks.map(({ name }) => name)).toEqual([
      'current version',
      'the value is good',
      'sessions',
    ]);
    const probes = await run.probed(plan);
    expect(probes).toMatchObject({ passed: true });
    expect(rotationOf(plan).retires).toBe(false);
    const { records } = await run.recorded(plan);
    expect(records).toEqual([
      expect.objectContaining({
        replaced: before.AWSCURRENT,
        version: tokenOf(plan),
        by: 'person',
        adoptedAt: expect.any(String),
        retireAt: expect.any(String),
        nextDueAt: expect.any(String),
      }),
    ]);
    expect(await readRotations(target.name, 5)).toEqual(records);
    await listen(run, evidence, probes, records);
  });

  it('do nothing twice', async () => {
    const target = await world.declare({ overlapSeconds: 0 });
    const run = await world.begin(target);
    const plan = await run.plan();
    const first = await run.begun(plan);
    expect(await run.begun(plan)).toEqual(first);
    await run.rotated(first);
    const redeployed = await run.redeployed(plan);
    const deployed = await world.deployment();
    expect(await run.redeployed(plan)).toEqual(redeployed);
    expect(await world.deployment()).toBe(deployed);
    await run.serving(redeployed);
    await run.proved(plan);
    const probes = { passed: true, checks: [] };
    const retired = await run.retired(plan, probes);
    expect(await run.retired(plan, probes)).toEqual(retired);
    expect(world.service.asked.filter((what) => what === 'retire')).toHaveLength(1);
    const { records } = await run.recorded(plan);
    expect((await run.recorded(plan)).records).toEqual(records);
    expect(await readRotations(target.name, 5)).toHaveLength(1);
  });

  it('take what a call without an answer has done', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await run.plan();
    fault('secretsmanager:RotateSecret', 'timeout-after', [1]);
    const awaited = await run.begun(plan);
    expect(await run.rotated(awaited)).toMatchObject({ state: 'done' });
    // The client asks again within the call; were it killed instead, the next attempt would find the deployment.
    fault('ecs:UpdateService', 'timeout-after', [1]);
    const { services } = await run.redeployed(plan);
    expect(services[0]?.deployment.id).toBe(await world.deployment());
    expect(await run.serving({ services })).toMatchObject({ state: 'done' });
  });

  it('retire the old value in the same run where nothing overlaps, and only what is proved', async () => {
    const target = await world.declare({ overlapSeconds: 0 });
    const old = await world.currentValue(target);
    const run = await world.begin(target);
    const plan = await rotate(run);
    const bad = { passed: false, checks: [{ name: 'api liveness', passed: false, measured: 'no', at: '' }] };
    expect(await run.retired(plan, { passed: true, checks: [] })).toMatchObject({ retired: [] });
    await run.proved(plan);
    expect(world.service.taken.has(old)).toBe(true);
    // What was decided once is decided: another run would decide anew.
    const again = await world.begin(target, { unfinished: 'finish' });
    const finish = await again.plan();
    expect(rotationOf(finish)).toMatchObject({ rotates: false, redeploys: true, retires: true });
    await again.proved(finish);
    expect(await again.retired(finish, bad)).toMatchObject({
      retired: [],
      kept: [{ why: 'not every consumer is well with the new one' }],
    });
    expect(world.service.taken.has(old)).toBe(true);
  });

  it('are refused before anything is done when somebody else rotates meanwhile, and join nothing', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await run.plan();
    await world.manager.send(new RotateSecretCommand({ SecretId: target.secretArn }));
    await expect(run.begun(plan)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(
        /Another rotation .* began after the plan|became current after the plan/,
      ),
    });
    expect(await run.acted()).toBe(false);
    await expect.poll(async () => (await world.labels(target)).AWSPREVIOUS, POLL).toBeDefined();
    // A plan that is made then says that nobody has proved the other rotation, and goes on.
    expect(rotationOf(await run.plan()).rotates).toBe(true);
  });

  it('change nothing while the switch is off', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await run.plan();
    await world.turnSwitch('off');
    await expect(run.begun(plan)).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect(await world.labels(target)).not.toHaveProperty('AWSPENDING');
    expect(await run.acted()).toBe(false);
  });

  it.each(['set', 'test'] as const)(
    'put the earlier value back when the new one fails in %s, and a later rotation succeeds',
    async (failing) => {
      const target = await world.declare();
      const { AWSCURRENT: good } = await world.labels(target);
      const run = await world.begin(target);
      const plan = await run.plan();
      world.service.failing = failing;
      const verdict = await run.rotated(await run.begun(plan));
      expect(verdict).toMatchObject({ state: 'failed', error: 'VerificationFailed' });
      expect(JSON.stringify(verdict)).toMatch(
        failing === 'set' ? /setSecret failed: The service takes no/ : /testSecret failed/,
      );
      expect(await run.putBack(plan)).toMatchObject({ putBack: [{ version: good, wasCurrent: false }] });
      // Nobody held another value, so nobody is deployed anew.
      expect(await run.redeployed(plan, true)).toEqual({ services: [], tolerant: false });
      expect(await run.verified(plan)).toEqual({ secrets: [target.name] });
      expect(await world.labels(target)).toEqual({ AWSCURRENT: good });
      expect((await run.recorded(plan)).records).toEqual([]);
      await listen(run, verdict);
      await run.end();

      world.service.failing = undefined;
      const next = await world.begin(target);
      const made = await rotate(next);
      expect(await next.proved(made)).toMatchObject({ passed: true });
    },
  );

  it('take everything back from a consumer that keeps the old value for ever', async () => {
    const target = await world.declare();
    const { AWSCURRENT: good } = await world.labels(target);
    const old = await world.currentValue(target);
    const run = await world.begin(target);
    const plan = await rotate(run);
    const deployed = await world.deployment();
    world.service.stale = Number.POSITIVE_INFINITY;
    const evidence = await run.proved(plan);
    expect(evidence).toMatchObject({ passed: false });
    expect(evidence.checks.at(-1)).toMatchObject({ passed: false, measured: '1 of api with the old value' });
    world.service.stale = 0;
    expect(await run.putBack(plan)).toMatchObject({
      putBack: [{ version: good, bad: tokenOf(plan), wasCurrent: true }],
    });
    expect(await run.putBack(plan)).toMatchObject({ putBack: [{ version: good }] });
    expect(await world.currentValue(target)).toBe(old);
    expect(await run.serving(await run.redeployed(plan, true))).toMatchObject({ state: 'done' });
    expect(await world.deployment()).not.toBe(deployed);
    expect(await run.verified(plan)).toEqual({ secrets: [target.name] });
    expect((await run.recorded(plan)).records).toEqual([
      expect.objectContaining({ version: tokenOf(plan), undoneAt: expect.any(String) }),
    ]);
    await listen(run, evidence);
    await run.end();
    // It is known as taken back: nothing is left to undo, and a new rotation may begin.
    const next = await world.begin(target, { unfinished: 'undo' });
    await expect(next.plan()).rejects.toThrow(/taken back already/);
    await next.end();
    expect(rotationOf(await (await world.begin(target)).plan()).rotates).toBe(true);
  });

  it('wait for sessions that go by themselves', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await rotate(run);
    world.service.stale = 2;
    expect(await run.proved(plan, 3_600_000)).toMatchObject({ passed: true });
  });

  it('never put back what has begun to be retired, and let another run end that', async () => {
    const target = await world.declare({ overlapSeconds: 0 });
    const old = await world.currentValue(target);
    const run = await world.begin(target);
    const plan = await rotate(run);
    await run.proved(plan);
    world.service.failing = 'retire';
    await expect(run.retired(plan, { passed: true, checks: [] })).rejects.toMatchObject({
      name: 'NeedsHuman',
      message: expect.stringContaining('is not put back'),
    });
    await expect(run.putBack(plan)).rejects.toMatchObject({ name: 'NeedsHuman' });
    expect(world.service.asked).not.toContain('put-back');
    expect((await world.labels(target)).AWSCURRENT).toBe(tokenOf(plan));
    await run.recorded(plan);
    await run.end();

    world.service.failing = undefined;
    const next = await world.begin(target, { unfinished: 'finish' });
    const finish = await next.plan();
    expect(rotationOf(finish)).toMatchObject({ redeploys: false, retires: true });
    await next.proved(finish);
    expect(await next.retired(finish, { passed: true, checks: [] })).toMatchObject({
      retired: [{ name: target.name }],
    });
    expect(world.service.taken.has(old)).toBe(false);
    expect(world.service.endedSessions).toEqual([false]);
    expect((await next.recorded(finish)).records).toEqual([
      expect.objectContaining({ run: run.run.id, version: tokenOf(plan), retiredAt: expect.any(String) }),
    ]);
  });

  it('get past a version that an earlier rotation left pending', async () => {
    const target = await world.declare();
    world.service.failing = 'set';
    await world.manager.send(new RotateSecretCommand({ SecretId: target.secretArn }));
    // Until Secrets Manager tries no more.
    const attempts = RETRY_PAUSES_MILLISECONDS.length + 1;
    await expect
      .poll(() => world.service.asked.filter((what) => what === 'set'), POLL)
      .toHaveLength(attempts);
    world.service.failing = undefined;
    const run = await world.begin(target);
    const look = () => run.plan().then(({ warnings }) => warnings.join(), String);
    await expect.poll(look, POLL).toMatch(/left behind/);
    const { AWSPENDING: left } = await world.labels(target);
    const plan = await rotate(run);
    const now = await world.labels(target);
    expect(now.AWSCURRENT).toBe(tokenOf(plan));
    expect(Object.values(now)).not.toContain(left);
    expect(JSON.stringify(await readAuditLog(run.run.id))).toContain('Gives up the pending version');
  });

  it('refuse a second rotation while the value before is still good, unless there is a reason', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await rotate(run);
    await run.proved(plan);
    await run.recorded(plan);
    await run.end();
    const next = await world.begin(target);
    await expect(next.plan()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('would cut that short'),
    });
    await next.end();
    const urgent = await world.begin(target, {}, { reason: 'it was in a screenshot' });
    expect(rotationOf(await urgent.plan()).rotates).toBe(true);
  });

  it('return to the earlier value when somebody asks for it', async () => {
    const target = await world.declare();
    const { AWSCURRENT: good } = await world.labels(target);
    const first = await world.begin(target);
    const plan = await rotate(first);
    await first.proved(plan);
    await first.recorded(plan);
    await first.end();
    const run = await world.begin(target, { unfinished: 'undo' });
    const back = await run.plan();
    expect(await run.putBack(back, false)).toMatchObject({ putBack: [{ version: good, wasCurrent: true }] });
    expect(await run.serving(await run.redeployed(back))).toMatchObject({ state: 'done' });
    expect(await run.proved(back)).toMatchObject({ passed: true });
    expect((await run.recorded(back)).records).toEqual([
      expect.objectContaining({ run: first.run.id, undoneAt: expect.any(String) }),
    ]);
    // The undo of this run would have nothing to put back.
    await expect(run.putBack(back)).rejects.toMatchObject({ name: 'NeedsHuman' });
  });

  it('tell when a service cannot be deployed anew', async () => {
    const target = await world.declare();
    const run = await world.begin(target);
    const plan = await run.plan();
    await run.rotated(await run.begun(plan));
    fault('ecs:UpdateService', 'error:InvalidParameterException');
    await expect(run.redeployed(plan)).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining(
        'Not every service could be deployed anew: api (InvalidParameterException',
      ),
    });
  });

  it('go on without what fails where values are known to others, and fail in the end for it', async () => {
    const target: SecretTarget = await world.declare();
    const run = await world.begin(target, {}, { compromised: true, reason: 'a leak' });
    const plan = await run.plan();
    world.service.failing = 'set';
    const awaited = await run.begun(plan);
    expect(awaited.tolerant).toBe(true);
    expect(await run.rotated(awaited)).toMatchObject({
      state: 'done',
      output: { rotated: [], failed: [{}] },
    });
    expect(await run.redeployed(plan)).toEqual({ services: [], tolerant: true });
    const evidence = await run.proved(plan);
    expect(evidence).toMatchObject({ passed: false });
    expect(evidence.checks[0]?.measured).toMatch(/is current still/);
    expect(await run.retired(plan, { passed: true, checks: [] })).toMatchObject({ retired: [], kept: [{}] });
    await listen(run, evidence);
  });

  it('end the sessions of values that are known to others', async () => {
    const target = await world.declare();
    const run = await world.begin(target, {}, { compromised: true, reason: 'a leak' });
    const plan = await run.plan();
    await run.rotated(await run.begun(plan));
    await run.serving(await run.redeployed(plan));
    await run.proved(plan);
    expect(await run.retired(plan, { passed: true, checks: [] })).toMatchObject({
      retired: [{ name: target.name }],
    });
    expect(world.service.endedSessions).toEqual([true]);
  });

  it.each([true, false])(
    'deploy consumers anew after a retirement that changed the current value: %s',
    async (changes) => {
      const target = await world.declare({ overlapSeconds: 0 });
      const run = await world.begin(target);
      const plan = await rotate(run);
      await run.proved(plan);
      world.service.storesAgain = changes;
      const retired = await run.retired(plan, { passed: true, checks: [] });
      const deployed = await world.deployment();
      const { services } = await run.redeployed(plan, false, retired);
      expect(services).toHaveLength(changes ? 1 : 0);
      expect((await world.deployment()) !== deployed).toBe(changes);
      // The version that is current now is the one that is recorded.
      expect((await run.recorded(plan)).records).toEqual([
        expect.objectContaining({
          version: (await world.labels(target)).AWSCURRENT,
          retiredAt: expect.any(String),
        }),
      ]);
    },
  );

  it('say no value to anybody', () => {
    expect(said.length).toBeGreaterThan(10);
    expect(said.join('\n')).not.toMatch(/first-password|generated-password/);
  });
});
