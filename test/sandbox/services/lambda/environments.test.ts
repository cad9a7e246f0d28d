import { describe, expect, test } from 'vitest';
import { Environments } from '../../../../sandbox/services/lambda/environments.ts';
import { Turns } from '../../../../sandbox/services/lambda/turns.ts';

const OVER = 'it starts no more processes';

describe('the environments of a function', () => {
  test('tell whoever waits where none can be started any more', async () => {
    const environments = new Environments(
      10,
      () => {
        throw new Error(OVER);
      },
      new Turns(1),
    );
    const results = await Promise.allSettled([environments.take(), environments.take()]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { message: OVER } },
      { status: 'rejected', reason: { message: OVER } },
    ]);
  });

  test('let nobody wait for ever when they are closed', async () => {
    const turns = new Turns(1);
    // The one turn is taken, and never given back.
    turns.take(() => new Promise(() => {}));
    const environments = new Environments(10, () => expect.unreachable(), turns);
    const waiting = environments.take();
    environments.close();
    await expect(waiting).rejects.toThrow('runs no more functions');
    await expect(environments.take()).rejects.toThrow('runs no more functions');
  });
});
