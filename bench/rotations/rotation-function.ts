import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../sandbox/contract.ts';

/** What came of one invocation. */
export interface Answer {
  /** Calls of AWS. */
  readonly calls: number;
  readonly error?: string;
}

export type RotationFunction = (event: unknown) => Promise<Answer>;

/**
 * Starts a rotation function in a process that stays.
 *
 * @param file its bundle or source
 */
export function startFunction(
  machine: Machine,
  file: string,
  environment: Readonly<Record<string, string>>,
): RotationFunction {
  const child = machine.processes.spawn(
    process.execPath,
    [fileURLToPath(new URL('function-process.ts', import.meta.url)), file],
    { ipc: true, env: { ...environment, NODE_EXTRA_CA_CERTS: machine.certificateAuthority.file } },
  );
  child.stdout?.resume();
  child.stderr?.pipe(process.stderr);
  return async (event) => {
    child.send(event as object);
    const [answer] = await once(child, 'message');
    return answer as Answer;
  };
}
