import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClock } from '../../../../sandbox/clock.ts';
import { AwsError, type Machine } from '../../../../sandbox/contract.ts';
import { deliver } from '../../../../sandbox/services/events/deliver.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:queue';
const DEAD = 'arn:aws:sqs:us-east-1:123456789012:dead';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/name';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Delivers to a queue that answers the errors of these names first; undefined accepts. */
async function send(
  errors: ReadonlyArray<string | undefined>,
  limits: { retries?: number; age?: number } = {},
) {
  const attempts: number[] = [];
  const buried: unknown[] = [];
  const log: string[] = [];
  const started = Date.now();
  const machine = {
    clock: createClock(1),
    log: (line: string) => void log.push(line),
    engines: {
      async sendMessage(queue: string, body: string, options: { attributes?: unknown }) {
        if (queue === DEAD) return void buried.push({ body, attributes: options.attributes });
        const error = errors[Math.min(attempts.length, errors.length - 1)];
        attempts.push(Date.now() - started);
        if (error !== undefined) throw new AwsError(error, 'no');
      },
    },
  } as unknown as Machine;
  const done = deliver(
    machine,
    {
      arn: QUEUE,
      principal: 'events.amazonaws.com',
      sourceArn: RULE,
      deadLetterArn: DEAD,
      maximumRetries: limits.retries ?? 185,
      maximumAgeSeconds: limits.age ?? 86_400,
    },
    '{"a":1}',
  );
  await vi.advanceTimersByTimeAsync(2 * 86_400_000);
  await done;
  return { attempts, buried, log };
}

describe('a delivery', () => {
  test('that is accepted is made once', async () => {
    const { attempts, buried } = await send([undefined]);
    expect(attempts).toEqual([0]);
    expect(buried).toEqual([]);
  });

  test('that fails is tried again, with pauses that grow', async () => {
    const { attempts, buried } = await send(['Throttling', 'Throttling', 'Throttling', undefined]);
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] as number));
    expect(pauses).toHaveLength(3);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1000 * 2 ** index + 1);
    }
    expect(buried).toEqual([]);
  });

  test.each([0, 1, 4])(
    'is given up after %d retries, with its input in the dead-letter queue',
    async (retries) => {
      const { attempts, buried } = await send(['Throttling'], { retries });
      expect(attempts).toHaveLength(retries + 1);
      expect(buried).toEqual([
        {
          body: '{"a":1}',
          attributes: {
            RULE_ARN: RULE,
            TARGET_ARN: QUEUE,
            ERROR_CODE: 'Throttling',
            ERROR_MESSAGE: 'no',
            RETRY_ATTEMPTS: String(retries),
            EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          },
        },
      ]);
    },
  );

  test('is given up when the event is too old', async () => {
    const { attempts, buried } = await send(['Throttling'], { age: 60 });
    expect(attempts.at(-1)).toBeGreaterThanOrEqual(60_000);
    expect(attempts.at(-2)).toBeLessThan(60_000);
    expect(buried).toMatchObject([{ attributes: { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds' } }]);
  });

  test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'that fails for good is not repeated: %s',
    async (name) => {
      const { attempts, buried, log } = await send([name]);
      expect(attempts).toHaveLength(1);
      expect(buried).toMatchObject([{ attributes: { ERROR_CODE: name, RETRY_ATTEMPTS: '0' } }]);
      expect(log).toEqual([`delivery: ${RULE} gave up on ${QUEUE}: ${name}: no`]);
    },
  );
});
