import type { Machine } from '../../contract.ts';
import type { Rotation } from './rotation.ts';
import { sendRotationEvent } from './rotation-events.ts';
import { attemptRotation, isWanted } from './rotation-steps.ts';
import type { Secret } from './secret.ts';

/**
 * Pauses before the whole of a failed rotation is tried again, in sandbox milliseconds; later attempts wait for the next
 * window. AWS says that it tries "multiple times during the open rotation windows", but not how often or when.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
 */
export const RETRY_PAUSES_MILLISECONDS = [60_000, 120_000, 240_000, 480_000];

/**
 * Makes what tries the rotation to the version `token` until it succeeds, nobody wants it any more, no pause is left or
 * the window closes (`until`). The promise resolves after the first attempt, whatever came of it; it never rejects.
 *
 * @param succeeded called when the secret has been rotated
 */
export function createRotationRunner(machine: Machine, succeeded: (secret: Secret) => void) {
  const { clock } = machine;

  async function tryAgainAndAgain(
    secret: Secret,
    rotation: Rotation,
    { token, controller: { signal } }: NonNullable<Rotation['running']>,
    until: number,
    firstEnded: () => void,
  ): Promise<void> {
    for (const pause of [...RETRY_PAUSES_MILLISECONDS, undefined]) {
      sendRotationEvent(machine, secret, 'RotationStarted', { token });
      const outcome = await attemptRotation(machine, secret, rotation.functionArn, token, signal);
      if (outcome.state === 'gone') return;
      if (outcome.state === 'done') {
        const now = clock.now();
        rotation.lastRotatedAt = now;
        Object.assign(secret, { changedAt: now, valueChangedAt: now });
        sendRotationEvent(machine, secret, 'RotationSucceeded', { token });
        succeeded(secret);
        return;
      }
      sendRotationEvent(machine, secret, 'RotationFailed', { token, error: outcome.error });
      machine.log(`secrets-manager: ${secret.name}: ${outcome.error}`);
      firstEnded();
      if (pause === undefined || clock.now() + pause >= until) return;
      await clock.sleep(pause, signal);
      if (!isWanted(secret, token)) return;
    }
  }

  return (secret: Secret, token: string, until = Number.POSITIVE_INFINITY): Promise<void> => {
    const { rotation } = secret;
    if (!rotation) return Promise.resolve();
    rotation.running?.controller.abort();
    const running = { token, controller: new AbortController() };
    rotation.running = running;
    return new Promise((resolve) => {
      tryAgainAndAgain(secret, rotation, running, until, resolve)
        .catch((error: Error) => {
          if (!running.controller.signal.aborted)
            machine.log(`secrets-manager: ${secret.name}: ${error.message}`);
        })
        .finally(() => {
          if (rotation.running === running) rotation.running = undefined;
          resolve();
        });
    });
  };
}
