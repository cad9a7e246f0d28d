import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRule, Sandbox } from '../sandbox/contract.ts';
import { startSandbox } from '../sandbox/start-sandbox.ts';
import { createClients } from './clients.ts';
import { READY_ASSEMBLY } from './demo-names.ts';
import { demoImages } from './images.ts';
import { prepareShop } from './prepare-shop.ts';

export interface Demo {
  readonly sandbox: Sandbox;
  /** Where the service is reached through its load balancer. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

/**
 * Synthesizes the demonstration stack, unless {@link READY_ASSEMBLY} says that somebody has, and starts it in a sandbox; the environment
 * of this process then leads there.
 */
export async function startDemo(options: {
  speed: number;
  faults?: readonly FaultRule[];
  onLog?: (line: string) => void;
}): Promise<Demo> {
  const { assembly, remove } = await readyAssembly();
  const sandbox = await startSandbox({
    assembly,
    speed: options.speed,
    images: demoImages(),
    ...(options.faults ? { faults: options.faults } : {}),
    ...(options.onLog ? { onLog: options.onLog } : {}),
  });
  Object.assign(process.env, sandbox.environment);
  await prepareShop(createClients(), new Date(sandbox.clock.now()));
  const target = JSON.parse(
    await sandbox.machine.engines.readParameter('/nightshift/nightshift/targets/service/api', {
      caller: { kind: 'administrator' },
    }),
  ) as { baseUrl: string };
  return {
    sandbox,
    baseUrl: target.baseUrl,
    async close() {
      await sandbox.close();
      remove();
    },
  };
}

async function readyAssembly(): Promise<{ assembly: string; remove(): void }> {
  const ready = process.env[READY_ASSEMBLY];
  if (ready) return { assembly: ready, remove() {} };
  const assembly = mkdtempSync(join(tmpdir(), 'nightshift-assembly-'));
  const remove = () => {
    rmSync(assembly, { recursive: true, force: true });
    process.off('exit', remove);
  };
  process.once('exit', remove);
  // The CDK takes more than a second to load, and who has an assembly does not need it.
  const { synthesizeDemo } = await import('./synthesize.ts');
  synthesizeDemo(assembly);
  return { assembly, remove };
}
