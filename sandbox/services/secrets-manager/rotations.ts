import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';
import { rememberView } from './label-views.ts';
import type { Rotation } from './rotation.ts';
import { sendRotationEvent } from './rotation-events.ts';
import { nextWindow } from './rotation-rules.ts';
import { createRotationRunner } from './rotation-runner.ts';
import { callStep, pendingVersion } from './rotation-steps.ts';
import type { Secret } from './secret.ts';
import { reservePending } from './versions.ts';

/** What rotates the account's secrets. The promises resolve after the first attempt, whatever came of it; they never reject. */
export interface Rotations {
  /** Begins a rotation to a new version, whose id is the token. Attempts end with a window, at `until` sandbox milliseconds. */
  start(secret: Secret, token: string, until?: number): Promise<void>;
  /** Tries the unfinished rotation again, unless that is being done. */
  retry(secret: Secret, until?: number): Promise<void>;
  /** Calls the function for testSecret alone, with a version that exists only meanwhile. */
  test(secret: Secret): Promise<void>;
  /** Arms the timer of the secret's next window, and keeps when that is. */
  schedule(secret: Secret): void;
  /**
   * Somebody put a new current value: that counts as a rotation, and ends one that was unfinished.
   *
   * @param unfinished the version that was pending before
   */
  valueChanged(secret: Secret, unfinished: string | undefined): void;
  /** Stops what is being tried, and the timer; labels stay where they are. */
  forget(secret: Secret): void;
  /** What a template asks for, done once all stacks are there. */
  onceDeployed(begin: () => Promise<void>): void;
  deployed(): Promise<void>;
  close(): void;
}

/** Makes what rotates the secrets of an account. */
export function createRotations(account: Account): Rotations {
  const { machine } = account;
  const { clock } = machine;
  const run = createRotationRunner(machine, schedule);
  let waiting: Array<() => Promise<void>> | undefined = [];
  let closed = false;

  function start(secret: Secret, token: string, until?: number): Promise<void> {
    rememberView(machine, secret);
    reservePending(secret.versions, token, clock.now());
    secret.changedAt = clock.now();
    return run(secret, token, until);
  }

  function retry(secret: Secret, until?: number): Promise<void> {
    const token = pendingVersion(secret);
    const { running, testing } = secret.rotation ?? {};
    if (token === undefined || token === running?.token || token === testing) return Promise.resolve();
    return run(secret, token, until);
  }

  async function test(secret: Secret): Promise<void> {
    const { rotation } = secret;
    if (!rotation || closed) return;
    const token = randomUUID();
    rotation.testing = token;
    reservePending(secret.versions, token, clock.now());
    sendRotationEvent(machine, secret, 'TestRotationStarted', { token });
    const error = await callStep(machine, secret, rotation.functionArn, 'testSecret', token);
    secret.versions.delete(token);
    rotation.testing = undefined;
    if (closed) return;
    if (error === undefined) {
      sendRotationEvent(machine, secret, 'TestRotationSucceeded', { token });
      return;
    }
    sendRotationEvent(machine, secret, 'TestRotationFailed', { token, error });
    machine.log(`secrets-manager: ${secret.name}: ${error}`);
  }

  function schedule(secret: Secret): void {
    if (secret.rotation) secret.rotation.next = arm(secret, secret.rotation, clock.now());
  }

  /** Sets the timer of the first window that opens after a moment. A window's rotation begins when it opens. */
  function arm(secret: Secret, rotation: Rotation, after: number): Rotation['next'] {
    rotation.cancelTimer();
    rotation.cancelTimer = () => {};
    if (!rotation.enabled || rotation.rules === undefined || closed) return undefined;
    const base = Math.max(rotation.configuredAt, secret.valueChangedAt);
    const window = nextWindow(rotation.rules, after, base);
    if (window === undefined) return undefined;
    rotation.cancelTimer = clock.after(Math.max(0, window.opensAt - clock.now()), () => {
      arm(secret, rotation, window.opensAt);
      if (rotation.running !== undefined) return;
      if (pendingVersion(secret) !== undefined) void retry(secret, window.closesAt);
      else void start(secret, randomUUID(), window.closesAt);
    });
    return window;
  }

  function forget({ rotation }: Secret): void {
    rotation?.cancelTimer();
    rotation?.running?.controller.abort();
  }

  return {
    start,
    retry,
    test,
    schedule,
    forget,
    valueChanged(secret, unfinished) {
      const token = pendingVersion(secret);
      // Left on the version that was current until now, the label would be in the way of the next rotation too.
      if (token !== undefined) secret.versions.get(token)?.labels.delete('AWSPENDING');
      if (token !== undefined && token === unfinished)
        sendRotationEvent(machine, secret, 'RotationAbandoned', { token });
      schedule(secret);
    },
    onceDeployed(begin) {
      if (waiting) waiting.push(begin);
      else void begin();
    },
    async deployed() {
      const begun = waiting ?? [];
      waiting = undefined;
      await Promise.all(begun.map((begin) => begin()));
    },
    close() {
      closed = true;
      for (const secret of account.secrets.values()) {
        forget(secret);
        secret.deletion?.cancel();
      }
    },
  };
}
