import * as z from 'zod/mini';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { lookAtRotations } from './look-at-rotations.ts';
import { AwaitedRotations } from './rotation-state.ts';

const Input = z.extend(WaitInput, { awaited: AwaitedRotations });

/** Parks the run until Secrets Manager has rotated what it was asked to. */
export const handler = step({
  name: 'await-rotations',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) =>
    beginWaiting(input, tools, { kind: 'secret-rotations', ...input.awaited }, lookAtRotations),
});
