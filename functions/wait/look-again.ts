import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { ErrorName } from '../../schemas/names.ts';
import { client } from '../clients.ts';
import { describeService } from '../ecs/describe-service.ts';
import { judgeSteadiness, short } from '../ecs/steadiness.ts';
import { audit } from '../run/audit-log.ts';
import { type Parked, unpark } from './parked.ts';

const stepFunctions = client(SFNClient);

/** Answers that mean "nobody waits any more": the token was answered before, or its run has ended. */
const ANSWERED = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/**
 * Looks whether what a run waits for has come, and answers its task token if so. Safe to call at any time and any number of
 * times: a token that was answered already is harmless.
 *
 * @param by what made us look, for the audit log: `the event …`, `the sweep`, `the first look`
 */
export async function lookAgain(parked: Parked, by: string): Promise<'answered' | 'waiting'> {
  const verdict = judgeSteadiness(await describeService(parked.target), parked.wanted);
  if (verdict.state === 'waiting') return 'waiting';
  const at = new Date().toISOString();
  const told = await tell(() => {
    const { taskToken } = parked;
    if (verdict.state === 'steady')
      return stepFunctions().send(
        new SendTaskSuccessCommand({
          taskToken,
          output: JSON.stringify({ at, deploymentId: verdict.deploymentId }),
        }),
      );
    const cause = `The service did not become steady: ${verdict.why}. The change was made; it was not proved good. A person is needed.`;
    return stepFunctions().send(
      new SendTaskFailureCommand({ taskToken, error: ErrorName.VerificationFailed, cause }),
    );
  });
  await unpark(parked);
  if (told) {
    const summary =
      verdict.state === 'steady'
        ? `${short(parked.wanted)} is steady; learnt from ${by}.`
        : `The wait is over: ${verdict.why}; learnt from ${by}.`;
    await audit(parked.runId, { step: parked.step, phase: 'act' }, 'observation', summary);
  }
  return 'answered';
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
