import { randomBytes } from 'node:crypto';
import { AwsError } from '../../contract.ts';
import { StateError } from './state-error.ts';
import { LARGEST_STATE_BYTES } from './state-size.ts';

interface Waiting {
  readonly stateMachineArn: string;
  resolve(output: unknown): void;
  reject(error: Error): void;
  beat(): void;
  open: boolean;
}

/** Task tokens: each is answered once; a later answer is told so. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();

  /** A new token, and the promise of its answer. `onHeartbeat` is called for each heartbeat. */
  issue(
    stateMachineArn: string,
    onHeartbeat: () => void,
  ): { token: string; answer: Promise<unknown>; close(): void } {
    const token = randomBytes(96).toString('base64url');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    promise.catch(() => {});
    const waiting: Waiting = { stateMachineArn, resolve, reject, beat: onHeartbeat, open: true };
    this.#waiting.set(token, waiting);
    return {
      token,
      answer: promise,
      close() {
        waiting.open = false;
      },
    };
  }

  /** The state machine that a token belongs to, for permissions. */
  ownerOf(token: string): string {
    return this.#waiting.get(token)?.stateMachineArn ?? '*';
  }

  succeed(token: string, output: string): void {
    if (Buffer.byteLength(output) > LARGEST_STATE_BYTES)
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to ${LARGEST_STATE_BYTES}`,
      );
    let parsed: unknown;
    try {
      parsed = JSON.parse(output);
    } catch {
      throw new AwsError('InvalidOutput', 'Invalid Output: the output is not JSON.');
    }
    this.#take(token).resolve(parsed);
  }

  fail(token: string, error: string, cause: string): void {
    this.#take(token).reject(new StateError(error, cause));
  }

  beat(token: string): void {
    this.#find(token).beat();
  }

  #take(token: string): Waiting {
    const waiting = this.#find(token);
    waiting.open = false;
    return waiting;
  }

  #find(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (!waiting) throw new AwsError('InvalidToken', `Invalid Token: '${token.slice(0, 8)}…'`);
    if (!waiting.open)
      throw new AwsError('TaskTimedOut', `Task Timed Out: 'Provided task does not exist anymore'`);
    return waiting;
  }
}
