import { setTimeout as pause } from 'node:timers/promises';

/** How services of AWS say that they are asked too often; ECS answers some tens of questions a second, once the first ones are used up. */
const THROTTLED = /^(Throttl|RequestThrottled|TooManyRequests|RequestLimitExceeded|SlowDown)/;
/** The client has asked three times by each. */
const MOST_ATTEMPTS = 6;
/** Longest pause before the second attempt; before each further one it is twice as long. */
const FIRST_PAUSE_MILLISECONDS = 1000;

/**
 * Looks again where AWS throttles: a daily check asks for hundreds of targets in a moment, and in a while AWS has answered all of them.
 * The pauses are spread, so that not all of them ask again at the same time.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
export async function askAgain<Result>(
  look: () => Promise<Result>,
  signal: AbortSignal,
  rest: (milliseconds: number) => Promise<unknown> = (milliseconds) =>
    pause(milliseconds, undefined, { signal }),
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      const isThrottled = THROTTLED.test((error as Error | undefined)?.name ?? '');
      if (!isThrottled || attempt === MOST_ATTEMPTS || signal.aborted) throw error;
      await rest(Math.random() * FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1));
    }
  }
}
