import * as z from 'zod/mini';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { AwaitedConsumers } from './consumer-state.ts';
import { lookAtConsumers } from './look-at-consumers.ts';

const Input = z.extend(WaitInput, { awaited: AwaitedConsumers });

/** Parks the run until all services have stopped, or run as wanted. */
export const handler = step({
  name: 'await-consumers',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) => beginWaiting(input, tools, { kind: 'consumers', ...input.awaited }, lookAtConsumers),
});
