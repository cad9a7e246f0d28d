import { describe, expect, it } from 'vitest';
import { askAgain } from '../../../functions/health/ask-again.ts';

const named = (name: string) => Object.assign(new Error('Rate exceeded'), { name });
const signal = new AbortController().signal;

/** Fails so often, and then answers how often it was asked. */
function failing(times: number, error: Error) {
  let asked = 0;
  return {
    asked: () => asked,
    look: async () => {
      asked += 1;
      if (asked <= times) throw error;
      return asked;
    },
  };
}

describe('what is throttled', () => {
  it.each(['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'SlowDown'])(
    'is asked again after a pause (%s)',
    async (name) => {
      const pauses: number[] = [];
      const { look } = failing(3, named(name));
      const found = await askAgain(look, signal, async (milliseconds) => pauses.push(milliseconds));
      expect(found).toBe(4);
      expect(pauses).toHaveLength(3);
      for (const [index, milliseconds] of pauses.entries()) {
        expect(milliseconds).toBeGreaterThanOrEqual(0);
        expect(milliseconds).toBeLessThan(1000 * 2 ** index);
      }
    },
  );

  it('is given up at last', async () => {
    const { look, asked } = failing(100, named('ThrottlingException'));
    await expect(askAgain(look, signal, async () => {})).rejects.toThrow('Rate exceeded');
    expect(asked()).toBe(6);
  });

  it('is given up when the time is over, during a pause too', async () => {
    const over = new AbortController();
    const { look, asked } = failing(100, named('ThrottlingException'));
    const asking = askAgain(look, over.signal);
    over.abort();
    await expect(asking).rejects.toThrow();
    expect(asked()).toBe(1);
  });

  it('is no other failure: that is told at once', async () => {
    const { look, asked } = failing(1, named('AccessDeniedException'));
    await expect(askAgain(look, signal)).rejects.toThrow();
    expect(asked()).toBe(1);
  });
});
