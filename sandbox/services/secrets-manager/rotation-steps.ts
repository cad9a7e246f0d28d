import { randomUUID } from 'node:crypto';
import type { Machine } from '../../contract.ts';
import type { Secret } from './secret.ts';
import { holderOf } from './versions.ts';

export const ROTATION_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

/** How an attempt at a rotation ended; `gone` where somebody took the version's label away or turned rotation off meanwhile. */
export type AttemptOutcome =
  | { readonly state: 'done' }
  | { readonly state: 'gone' }
  | { readonly state: 'failed'; readonly error: string };

/** Whether a rotation is unfinished: AWSPENDING is on a version that is not the current one. */
export function pendingVersion(secret: Secret): string | undefined {
  const pending = holderOf(secret.versions.values(), 'AWSPENDING');
  return pending === undefined || pending.labels.has('AWSCURRENT') ? undefined : pending.id;
}

/**
 * Calls the rotation function for one step.
 *
 * @returns what RotationFailed says about it, or undefined when the step was done
 */
export async function callStep(
  machine: Machine,
  { arn }: Secret,
  functionArn: string,
  step: RotationStep,
  token: string,
): Promise<string | undefined> {
  const error = `Error when executing lambda ${functionArn} during ${step} step`;
  const event = { Step: step, SecretId: arn, ClientRequestToken: token, RotationToken: randomUUID() };
  try {
    const { functionError } = await machine.engines.invokeFunction(functionArn, event, {
      caller: { kind: 'service', principal: 'secretsmanager.amazonaws.com', sourceArn: arn },
      type: 'request',
    });
    return functionError === undefined ? undefined : error;
  } catch {
    // Throttled, not there any more, or no longer allowed.
    return error;
  }
}

/**
 * Goes through the four steps once. The rotation has succeeded when AWSPENDING is on the current version, or on none.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export async function attemptRotation(
  machine: Machine,
  secret: Secret,
  functionArn: string,
  token: string,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  for (const step of ROTATION_STEPS) {
    if (signal.aborted || !isWanted(secret, token)) return { state: 'gone' };
    const error = await callStep(machine, secret, functionArn, step, token);
    if (signal.aborted) return { state: 'gone' };
    if (error !== undefined) return { state: 'failed', error };
  }
  if (secret.versions.get(token)?.labels.has('AWSCURRENT')) return { state: 'done' };
  if (pendingVersion(secret) === undefined) return { state: 'done' };
  if (!isWanted(secret, token)) return { state: 'gone' };
  return { state: 'failed', error: `The version ${token} is still AWSPENDING after the finishSecret step` };
}

/** A version that has neither label any more is none that is being rotated to. */
export function isWanted(secret: Secret, token: string): boolean {
  const labels = secret.versions.get(token)?.labels;
  return labels?.has('AWSPENDING') === true || labels?.has('AWSCURRENT') === true;
}
