import type { LookOf } from '../wait/verdict.ts';
import { describeInstance } from './describe-instance.ts';
import { judgeAwaitedInstance } from './judge-awaited-instance.ts';

/** Whether a DB instance can be worked with. */
export const lookAtInstance: LookOf<'db-instance'> = async (parked) =>
  judgeAwaitedInstance(parked, await describeInstance(parked.identifier), new Date());
