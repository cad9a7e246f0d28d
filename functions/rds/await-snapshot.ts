import * as z from 'zod/mini';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { lookAtSnapshot } from './look-at-snapshot.ts';
import { Awaited } from './state.ts';

const Input = z.extend(WaitInput, { awaited: Awaited });

/** Parks the run until a DB snapshot can be restored from. */
export const handler = step({
  name: 'await-snapshot',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) => {
    const { identifier, since } = input.awaited;
    return beginWaiting(input, tools, { kind: 'db-snapshot', identifier, since }, lookAtSnapshot);
  },
});
