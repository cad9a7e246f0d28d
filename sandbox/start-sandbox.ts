import { deploy } from './assembly/deploy.ts';
import { readAssembly } from './assembly/read-assembly.ts';
import type { Machine, Sandbox, SandboxOptions, Service } from './contract.ts';
import { createIamService } from './iam/iam-service.ts';
import { type StartedMachine, startMachine } from './machine.ts';
import { serviceFactories } from './services.ts';

/** Sandboxes of this process, so that a crash or a signal closes them all. */
const open = new Set<Sandbox>();

/**
 * Puts services on a machine's endpoint; IAM is always among them. If one cannot start, those before it are closed.
 */
export async function serve(
  started: StartedMachine,
  factories: ReadonlyArray<(machine: Machine) => Service | Promise<Service>>,
): Promise<Service[]> {
  const services: Service[] = [createIamService(started.machine, started.policies)];
  try {
    for (const factory of factories) services.push(await factory(started.machine));
    for (const service of services) for (const api of service.apis) started.wire.add(api);
    return services;
  } catch (error) {
    await closeServices(services, started.machine);
    throw error;
  }
}

/** Closes services in reverse order; one that fails to close must not keep the others open. */
async function closeServices(services: readonly Service[], machine: Machine): Promise<void> {
  for (const service of services.toReversed()) {
    try {
      await service.close();
    } catch (error) {
      machine.log(`${service.name} did not close cleanly: ${(error as Error).message}`);
    }
  }
}

/**
 * Deploys a cloud assembly onto this machine and keeps it running until it is closed. If the owning process ends first,
 * however it ends, a guardian process closes what is left.
 *
 * @throws Error naming every resource type, intrinsic function or property that the sandbox does not know
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const stacks = readAssembly(options.assembly);
  const started = await startMachine(options);
  const { machine, policies } = started;
  let services: Service[] = [];
  let closing: Promise<void> | undefined;
  const outputs: Sandbox['outputs'] = {};
  const resources: Sandbox['resources'] = {};
  const sandbox: Sandbox = {
    machine,
    endpoint: machine.endpoint,
    clock: machine.clock,
    environment: administratorEnvironment(started),
    outputs,
    resources,
    permissionsUsed: () => policies.usage(),
    permissionsUnused: () => policies.unused(),
    addFault: (rule) => machine.faults.add(rule),
    close() {
      closing ??= (async () => {
        await closeServices(services, machine);
        await started.close();
        open.delete(sandbox);
      })();
      return closing;
    },
  };
  open.add(sandbox);
  try {
    services = await serve(started, serviceFactories);
    const providers = new Map(
      services.flatMap((service) => service.providers.map((provider) => [provider.type, provider])),
    );
    const deployed = await deploy(stacks, providers, machine, options.parameters ?? {});
    Object.assign(outputs, deployed.outputs);
    Object.assign(resources, deployed.resources);
    for (const service of services) await service.start?.();
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return sandbox;
}

function administratorEnvironment({ machine, policies }: StartedMachine): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: machine.endpoint,
    AWS_REGION: machine.region,
    AWS_DEFAULT_REGION: machine.region,
    AWS_ACCESS_KEY_ID: policies.administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: policies.administrator.secretAccessKey,
    NODE_EXTRA_CA_CERTS: machine.certificateAuthority.file,
  };
}

/** Closes every sandbox of this process; for signal handlers. */
export async function closeAllSandboxes(): Promise<void> {
  await Promise.allSettled([...open].map((sandbox) => sandbox.close()));
}
