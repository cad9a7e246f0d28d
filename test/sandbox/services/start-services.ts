import { createHash } from 'node:crypto';
import type { CreatedResource, Machine, Resource, Service } from '../../../sandbox/contract.ts';
import { startMachine } from '../../../sandbox/machine.ts';
import { serve } from '../../../sandbox/start-sandbox.ts';

const STACK = 'stack';

/** Some services of the sandbox on a real endpoint, with resources made as a template would make them. */
export async function startServices(
  factories: ReadonlyArray<(machine: Machine) => Service | Promise<Service>>,
  options: { speed?: number } = {},
) {
  const log: string[] = [];
  const started = await startMachine({ ...options, onLog: (line) => void log.push(line) });
  const services = await serve(started, factories).catch(async (error) => {
    await started.close();
    throw error;
  });
  const { machine, policies } = started;

  async function create(
    type: string,
    properties: Record<string, unknown>,
    logicalId = 'Thing',
  ): Promise<CreatedResource> {
    const provider = services.flatMap((service) => service.providers).find((entry) => entry.type === type);
    if (!provider) throw new Error(`No service here creates ${type}.`);
    return provider.create(describeResource(type, properties, logicalId));
  }

  /** What a client of a role with these statements is made with. */
  function clientOf(name: string, statements: readonly unknown[]) {
    const arn = `arn:aws:iam::${machine.account}:role/${name}`;
    policies.addRole({ arn, name, trust: { Statement: [] } });
    policies.attach(name, { name: 'own', document: { Statement: statements } });
    return { ...shared, credentials: policies.credentialsFor(arn, 'session') };
  }
  const shared = { endpoint: machine.endpoint, region: machine.region, maxAttempts: 1 };

  return {
    machine,
    policies,
    log,
    create,
    clientOf,
    /** What a client of the administrator is made with: no retries. */
    client: { ...shared, credentials: policies.administrator },
    async close() {
      for (const service of services.toReversed()) await service.close();
      await started.close();
    },
  };
}

function describeResource(type: string, properties: Record<string, unknown>, logicalId: string): Resource {
  const digits = createHash('sha256').update(logicalId).digest('hex').slice(0, 12).toUpperCase();
  return {
    logicalId,
    type,
    stack: STACK,
    properties,
    physicalName: (maximumLength = 255) =>
      `${`${STACK}-${logicalId}`.slice(0, maximumLength - 13)}-${digits}`,
  };
}

/** The name of the error with which a promise is rejected. */
export async function errorName(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );
}
