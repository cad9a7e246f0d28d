import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, vi } from 'vitest';
import { lookAtConsumers } from '../../../functions/ecs/look-at-consumers.ts';
import { handler as redeploy } from '../../../functions/ecs/redeploy-consumers.ts';
import { handler as probe } from '../../../functions/http/probe-consumers.ts';
import { readLock, releaseLock } from '../../../functions/run/lock.ts';
import { readRecord, updateRecord } from '../../../functions/run/run-record.ts';
import { handler as inspect } from '../../../functions/secrets/inspect-secrets.ts';
import { lookAtRotations } from '../../../functions/secrets/look-at-rotations.ts';
import { handler as planRotation } from '../../../functions/secrets/plan-rotation.ts';
import { prove } from '../../../functions/secrets/prove-adoption.ts';
import { handler as putBack } from '../../../functions/secrets/put-back-values.ts';
import { handler as record } from '../../../functions/secrets/record-rotation.ts';
import { handler as retire } from '../../../functions/secrets/retire-old-values.ts';
import type { AwaitedRotations } from '../../../functions/secrets/rotation-state.ts';
import { handler as start } from '../../../functions/secrets/start-rotations.ts';
import { verify } from '../../../functions/secrets/verify-put-back.ts';
import { createApplicationAutoScalingService } from '../../../sandbox/services/application-auto-scaling/application-auto-scaling-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import type { Plan, RunRequest } from '../../../schemas/run.ts';
import type { SecretTarget } from '../../../schemas/secret.ts';
import { CONTEXT, startActing } from '../../support/acting-run.ts';
import { createFakeKeeper, type FakeService } from './a-fake-kind.ts';
import { aSituation, KEEPER } from './a-situation.ts';

type Handler = (event: unknown, context: never) => Promise<unknown>;
/** A busy machine takes its time. */
export const POLL = { timeout: 20_000, interval: 50 };
/** Gives up soon; sandbox milliseconds. */
const PACE = { patience: 60_000, interval: 10 };

/** A secret that a service in ECS uses, kept by a fake keeper, and runs of the steps as the state machine makes them. */
export async function startRotating() {
  const service: FakeService = {
    taken: new Set(['first-password']),
    asked: [],
    failing: undefined,
    stale: 0,
    obstacles: [],
    endedSessions: [],
    storesAgain: false,
  };
  const world = await startActing(
    [
      createEcsService,
      createApplicationAutoScalingService,
      createSecretsManagerService,
      createFakeKeeper(KEEPER, service),
    ],
    { speed: 300 },
  );
  // Functions are told the sandbox's time.
  const RealDate = Date;
  vi.stubGlobal(
    'Date',
    class extends RealDate {
      constructor(...given: []) {
        super(...((given.length === 0 ? [world.machine.clock.now()] : given) as []));
      }
      static override now() {
        return world.machine.clock.now();
      }
    },
  );
  vi.stubEnv('NIGHTSHIFT_KEEPERS', JSON.stringify({ 'postgresql-single-user': KEEPER }));
  const health = createServer((_, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((resolve) => health.listen(0, '127.0.0.1', resolve));
  const manager = new SecretsManagerClient(world.client);
  const ecs = new ECSClient(world.client);
  world.machine.images.set('app', {
    digest: 'sha256:app',
    command: ['node', '-e', 'setInterval(() => {}, 1000)'],
  });
  await world.create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');
  await world.parameter(
    '/nightshift/nightshift/targets/service/api',
    JSON.stringify({
      kind: 'service',
      name: 'api',
      environment: 'production',
      cluster: 'main',
      service: 'api',
      baseUrl: `http://127.0.0.1:${(health.address() as AddressInfo).port}`,
      livenessPath: '/live',
      readinessPath: '/ready',
      latencyLimitMilliseconds: 5000,
      errorRatioLimitPercent: 1,
      minimumRequests: 20,
      bakeSeconds: 0,
      observeSeconds: 0,
      steadyTimeoutSeconds: 600,
      alarms: [],
    }),
  );

  let secrets = 0;
  /** Declares a secret with a value that the service takes. */
  async function declare(change: Partial<SecretTarget> = {}): Promise<SecretTarget> {
    secrets += 1;
    const name = `secret-${secrets}`;
    const password = `first-password-${secrets}`;
    service.taken.add(password);
    const { ARN = '' } = await manager.send(
      new CreateSecretCommand({ Name: name, SecretString: JSON.stringify({ password }) }),
    );
    const target = { ...aSituation(name).target, secretArn: ARN, ...change };
    await world.parameter(`/nightshift/nightshift/targets/secret/${name}`, JSON.stringify(target));
    await manager.send(
      new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN: KEEPER, RotateImmediately: false }),
    );
    // Secrets Manager tries the configuration with testSecret.
    await expect.poll(() => service.asked.includes('test'), POLL).toBe(true);
    await expect.poll(() => labels(target), POLL).not.toHaveProperty('AWSPENDING');
    service.asked.splice(0);
    return target;
  }

  async function labels(target: SecretTarget): Promise<Record<string, string>> {
    const { VersionIdsToStages = {} } = await manager.send(
      new DescribeSecretCommand({ SecretId: target.secretArn }),
    );
    return Object.fromEntries(
      Object.entries(VersionIdsToStages).flatMap(([id, stages]) => stages.map((stage) => [stage, id])),
    );
  }
  async function currentValue(target: SecretTarget): Promise<string> {
    const { SecretString = '' } = await manager.send(
      new GetSecretValueCommand({ SecretId: target.secretArn }),
    );
    return (JSON.parse(SecretString) as { password: string }).password;
  }
  async function deployment() {
    const { services = [] } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['api'] }),
    );
    return services[0]?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
  }

  let runs = 0;
  /** A run on a secret, whose steps are called one by one. */
  async function begin(
    target: SecretTarget,
    request: RunRequest = {},
    { compromised = false, reason = '' } = {},
  ) {
    runs += 1;
    const runbook = compromised ? 'rotate-compromised' : 'rotate-secret';
    const began = await world.beginRun(`run-${runs}`, runbook, `secret/${target.name}`);
    const run = { ...began.run, request, ...(reason === '' ? {} : { override: reason }) };
    await updateRecord(run.id, { run });
    const base = { run, lock: began.lock, target };
    const step = async <T>(handler: unknown, more: object = {}): Promise<T> =>
      (await (handler as Handler)({ ...base, ...more }, CONTEXT)) as T;
    const tools = (name: string) => ({
      step: name,
      phase: 'verify' as const,
      signal: new AbortController().signal,
    });
    const found = () => step<object>(inspect);
    const plan = async () => step<Plan>(planRotation, { secrets: await found(), compromised });
    const settle = (look: () => Promise<{ readonly state: string }>) =>
      expect.poll(look, POLL).not.toMatchObject({ state: 'waiting' });
    return {
      run,
      step,
      plan,
      begun: (made: Plan) => step<AwaitedRotations>(start, { plan: made, wave: 0 }),
      /** What the wait for the rotations ends with. */
      async rotated(awaited: AwaitedRotations) {
        const look = () => lookAtRotations(awaited as Parameters<typeof lookAtRotations>[0]);
        await settle(look);
        return look();
      },
      redeployed: (made: Plan, undo = false, retired?: object) =>
        step<{ services: Array<{ name: string; deployment: { id: string } }> }>(redeploy, {
          plan: made,
          undo,
          ...(retired === undefined ? {} : { retired }),
        }),
      async serving(awaited: object) {
        const look = () => lookAtConsumers(awaited as Parameters<typeof lookAtConsumers>[0]);
        await settle(look);
        return look();
      },
      proved: (made: Plan, patience = PACE.patience) =>
        prove({ ...base, plan: made }, tools('prove-adoption'), { ...PACE, patience }),
      probed: (made: Plan) => step<object>(probe, { plan: made }),
      retired: (made: Plan, probes: object) => step<object>(retire, { plan: made, probes }),
      putBack: (made: Plan, undo = true) => step<object>(putBack, { plan: made, undo }),
      verified: (made: Plan) => verify({ ...base, plan: made }, tools('verify-put-back'), PACE),
      recorded: (made: Plan) => step<{ records: object[] }>(record, { plan: made }),
      acted: async () => (await readRecord(run.id))?.acted,
      async end() {
        await releaseLock(`secret/${target.name}`, run.id);
        expect((await readLock(`secret/${target.name}`))?.ownerRun).toBeUndefined();
      },
    };
  }

  return {
    ...world,
    manager,
    ecs,
    service,
    declare,
    begin,
    labels,
    currentValue,
    deployment,
    async stop() {
      health.close();
      vi.unstubAllGlobals();
      manager.destroy();
      ecs.destroy();
      await world.stop();
    },
  };
}
