import * as z from 'zod/mini';
import { ServiceTarget } from '../../schemas/target.ts';
import { step } from '../step.ts';
import { beginWaiting, WaitInput, WaitOutput } from '../wait/begin-waiting.ts';
import { lookAtService } from './look-at-service.ts';
import { Act } from './state.ts';

const Input = z.extend(WaitInput, { target: ServiceTarget, act: Act });

/** Parks the run until the service is steady. */
export const handler = step({
  name: 'await-steady-service',
  phase: 'act',
  input: Input,
  output: WaitOutput,
  run: (input, tools) => {
    const { target, act } = input;
    return beginWaiting(input, tools, { kind: 'steady-service', target, wanted: act.to }, lookAtService);
  },
});
