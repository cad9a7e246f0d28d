import * as z from 'zod/mini';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { lookAtTask } from './look-at-task.ts';

const Input = z.extend(WaitInput, { awaited: z.object({ cluster: z.string(), taskArn: z.string() }) });

/** Parks the run until a one-off task has ended. */
export const handler = step({
  name: 'await-task',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) => {
    const { cluster, taskArn } = input.awaited;
    return beginWaiting(input, tools, { kind: 'ecs-task', cluster, taskArn }, lookAtTask);
  },
});
