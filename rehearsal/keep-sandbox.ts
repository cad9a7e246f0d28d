import type { Terminal } from '../bin/command/terminal.ts';
import { startDemo } from './start-demo.ts';
import { startTraffic } from './traffic.ts';

/** A few requests a second at the speed of the wall. */
const MILLISECONDS_PER_REQUEST = 500;

/** Keeps the demonstration running until it is interrupted, and says how any AWS client gets there. */
export async function keepSandbox(options: { terminal: Terminal; speed?: number }): Promise<void> {
  const { terminal, speed = 1 } = options;
  process.stderr.write('The sandbox is starting …\n');
  const demo = await startDemo({
    speed: speed,
    onLog: (line) => process.env.DEBUG && process.stderr.write(`${line}\n`),
  });
  startTraffic(demo.baseUrl, {
    clock: demo.sandbox.clock,
    everyMilliseconds: MILLISECONDS_PER_REQUEST,
    atMost: Number.POSITIVE_INFINITY,
  });
  for (const [name, value] of Object.entries(demo.sandbox.environment))
    terminal.line(`export ${name}=${value}`);
  process.stderr.write(
    `\nThe service answers at ${demo.baseUrl}. In another terminal, with the lines above:\n  aws ecs list-services --cluster demo\n  npx nightshift plan roll-back-service --service api\nCtrl-C ends it; nothing is left behind.\n`,
  );
  await new Promise(() => {});
}
