import { createCertificateAuthority } from './certificate-authority.ts';
import { createClock } from './clock.ts';
import type { Engines, Machine, SandboxOptions } from './contract.ts';
import { createFaults } from './faults/faults.ts';
import { createPolicies, type PolicyEngine } from './iam/policies.ts';
import { createProcesses, type GuardedProcesses } from './processes.ts';
import { makeScratchFolder } from './scratch-folder.ts';
import { type SharedClock, shareClock } from './shared-clock.ts';
import { startWire, type Wire } from './wire/server.ts';

/** The sandbox's account and region: the ones AWS uses in its examples. */
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

export interface StartedMachine {
  readonly machine: Machine;
  readonly policies: PolicyEngine;
  readonly wire: Wire;
  readonly processes: GuardedProcesses;
  /** Ends the endpoint and every child process, and removes the scratch folder. Services are closed by whoever started them. */
  close(): Promise<void>;
}

/** Starts what all services share: clock, scratch folder, guardian, certificate authority, policies and the wire endpoint. */
export async function startMachine(options: Omit<SandboxOptions, 'assembly'>): Promise<StartedMachine> {
  // What a wrong option would break comes before anything that needs cleaning up.
  let shared: SharedClock | undefined;
  const clock = createClock(options.speed, (reading) => shared?.show(reading));
  const faults = createFaults(options.faults);
  const policies = createPolicies(ACCOUNT);
  const log = options.onLog ?? (() => {});
  const directory = await makeScratchFolder();
  const processes = createProcesses(directory);
  shared = shareClock(directory);
  shared.show(clock.reading());
  try {
    const certificateAuthority = await createCertificateAuthority(directory);
    const wire = await startWire({ findSigner: policies.findSigner, policies, faults, clock, log });
    const machine: Machine = {
      clock,
      clockFile: shared.file,
      account: ACCOUNT,
      region: REGION,
      directory,
      endpoint: wire.endpoint,
      policies,
      engines: missingEngines(),
      faults,
      processes,
      images: new Map(options.images),
      certificateAuthority,
      arn: (service, rest, { region = REGION, account = ACCOUNT } = {}) =>
        `arn:aws:${service}:${region}:${account}:${rest}`,
      log,
    };
    const close = async () => {
      await wire.close();
      await processes.close();
      shared?.close();
    };
    return { machine, policies, wire, processes, close };
  } catch (error) {
    await processes.close();
    throw error;
  }
}

/** Engines whose service is not part of this sandbox say so when they are used. */
function missingEngines(): Engines {
  return new Proxy({} as Record<string, unknown>, {
    get(target, name) {
      if (name in target) return target[name as string];
      return () => {
        throw new Error(`No service of this sandbox implements '${String(name)}'.`);
      };
    },
  }) as unknown as Engines;
}
