import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { client } from '../clients.ts';
import { audit } from '../run/audit-log.ts';
import { redact } from '../step/redact.ts';
import { type Parked, unpark } from './parked.ts';
import type { Look, Verdict } from './verdict.ts';

const stepFunctions = client(SFNClient);

/** Answers that mean "nobody waits any more": the token was answered before, or its run has ended. */
const ANSWERED = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/** A verdict that ends the wait. */
export type Ending = Exclude<Verdict, { state: 'waiting' }>;

export type Looked = { readonly state: 'answered' } | { readonly state: 'waiting'; readonly seen: string };

/**
 * Looks whether what a run waits for has come, and answers its task token if so. Safe to call at any time and any number of
 * times: a token that was answered already is harmless.
 *
 * @param by what made us look, for the audit log: `the event …`, `the sweep`, `the first look`
 */
export async function lookAgain<P extends Parked>(parked: P, by: string, look: Look<P>): Promise<Looked> {
  const verdict = await look(parked);
  if (verdict.state === 'waiting') return verdict;
  await answer(parked, by, verdict);
  return { state: 'answered' };
}

/** Ends a wait: answers its token, forgets it, and says so in the run's audit log. */
export async function answer(parked: Parked, by: string, ending: Ending): Promise<void> {
  const { taskToken } = parked;
  const told = await tell(() =>
    ending.state === 'done'
      ? stepFunctions().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(ending.output) }))
      : stepFunctions().send(
          // Whoever may describe the execution reads the cause.
          new SendTaskFailureCommand({ taskToken, error: ending.error, cause: redact(ending.cause) }),
        ),
  );
  await unpark(parked);
  if (!told) return;
  const summary =
    ending.state === 'done'
      ? `${ending.summary}; learnt from ${by}.`
      : `The wait is over without success; learnt from ${by}. ${ending.cause}`;
  await audit(parked.runId, { step: parked.step, phase: 'act' }, 'observation', summary);
}

/** Tells Step Functions that a waiting run is still looked after. Returns whether it still waits. */
export async function sendHeartbeat(parked: Parked): Promise<boolean> {
  return tell(() => stepFunctions().send(new SendTaskHeartbeatCommand({ taskToken: parked.taskToken })));
}

async function tell(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (ANSWERED.has((error as Error).name)) return false;
    throw error;
  }
}
