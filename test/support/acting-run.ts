import { vi } from 'vitest';
import { TARGET_INDEX } from '../../functions/run/run-record.ts';
import type { Machine, Service } from '../../sandbox/contract.ts';
import { createDynamoDbService } from '../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSsmService } from '../../sandbox/services/ssm/ssm-service.ts';
import { startServices } from '../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from './point-functions.ts';

type Factory = (machine: Machine) => Service | Promise<Service>;

/** Services with what steps that act need: tables, the switch, and runs that hold their locks. */
export async function startActing(factories: readonly Factory[], { speed = 300 } = {}) {
  const bus = (machine: Machine): Service => {
    machine.engines.putEvent = () => {};
    return { name: 'bus', apis: [], providers: [], close() {} };
  };
  const services = await startServices([bus, createDynamoDbService, createSsmService, ...factories], {
    speed,
  });
  pointFunctionsAt(services);
  vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'nightshift');
  await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort'], {
    name: TARGET_INDEX,
    keys: ['target', 'startedAt'],
  });
  await createTable(services, 'NIGHTSHIFT_LOCK_TABLE', ['key']);
  const parameter = (Name: string, Value: string) =>
    services.create('AWS::SSM::Parameter', { Name, Type: 'String', Value }, Name);
  const turnSwitch = (to: 'on' | 'off') => parameter('/nightshift/nightshift/switch', to);
  await turnSwitch('on');

  return {
    ...services,
    parameter,
    turnSwitch,
    /** Makes the next calls of these occurrences go wrong; the answer ends that. */
    fault: (call: string, effect: string, occurrences?: readonly number[]) =>
      services.machine.faults.add({ call, effect, ...(occurrences ? { occurrences } : {}) }),
    /** What a step of a run is called with. It takes over the lock of the one before. */
    async beginRun(id: string, runbook = 'restore-database', key = 'database/main') {
      const { acquireLock, releaseLock } = await import('../../functions/run/lock.ts');
      const { createRecord } = await import('../../functions/run/run-record.ts');
      const run = {
        id,
        arn: `arn:aws:states:us-east-1:123456789012:execution:${runbook}:${id}`,
        runbook,
        startedAt: new Date().toISOString(),
        dryRun: false,
        trigger: { kind: 'person' as const },
      };
      if (lastRun !== undefined) await releaseLock(key, lastRun);
      lastRun = id;
      await createRecord({
        run,
        target: key,
        phase: 'act',
        acted: false,
        checks: [],
        joined: 0,
      });
      const acquired = await acquireLock(key, run, 3600);
      if (!acquired.held) throw new Error(`The lock is held by ${acquired.owner}.`);
      return { run, lock: acquired.lock };
    },
    async stop() {
      await services.close();
      vi.unstubAllEnvs();
    },
  };
}
let lastRun: string | undefined;

export const CONTEXT = LAMBDA_CONTEXT;

/** A plan that says no more than these observations. */
export const planOf = (observed: Record<string, unknown>) => ({
  runbook: 'restore-database',
  target: 'database/main',
  summary: '',
  observed,
  changes: [],
  actions: [],
  warnings: [],
  hash: '',
});
