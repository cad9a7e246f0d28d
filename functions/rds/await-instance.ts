import * as z from 'zod/mini';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { lookAtInstance } from './look-at-instance.ts';
import { Awaited } from './state.ts';

const Input = z.extend(WaitInput, { awaited: Awaited });

/** Parks the run until a DB instance can be worked with. */
export const handler = step({
  name: 'await-instance',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) =>
    beginWaiting(input, tools, { kind: 'db-instance', ...input.awaited }, lookAtInstance),
});
