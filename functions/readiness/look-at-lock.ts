import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Judgement } from '../../schemas/finding.ts';
import { client } from '../clients.ts';
import { readLock } from '../run/lock.ts';
import { type Holder, judgeLock } from './judge-lock.ts';

const stepFunctions = client(SFNClient);

/** Judges the lock of a target (`service/api`), and whether whoever holds it lives. */
export async function lookAtLock(
  key: string,
  maxAgeSeconds: number,
  signal: AbortSignal,
): Promise<Judgement> {
  const item = await readLock(key);
  const holder = item?.ownerRun === undefined ? undefined : await holderOf(item.ownerArn ?? '', signal);
  return judgeLock(item, holder, maxAgeSeconds, new Date());
}

async function holderOf(executionArn: string, abortSignal: AbortSignal): Promise<Holder | undefined> {
  try {
    const {
      status = '',
      startDate,
      stopDate,
    } = await stepFunctions().send(new DescribeExecutionCommand({ executionArn }), { abortSignal });
    return {
      status,
      startedAt: startDate ?? new Date(0),
      ...(stopDate === undefined ? {} : { endedAt: stopDate }),
    };
  } catch (error) {
    // An execution is forgotten 90 days after its end.
    if (['ExecutionDoesNotExist', 'InvalidArn'].includes((error as Error).name)) return undefined;
    throw error;
  }
}
