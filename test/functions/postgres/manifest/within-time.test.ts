import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../functions/postgres/manifest/shared-snapshot.ts';
import { withinTime } from '../../../../functions/postgres/manifest/within-time.ts';

/** A connection whose statements end only when it is closed, as one to a busy server. */
function slowServer() {
  const closed: number[] = [];
  let opened = 0;
  const connect = async (): Promise<Connection> => {
    const number = ++opened;
    let fail: (error: Error) => void = () => {};
    return {
      query: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      async close() {
        closed.push(number);
        fail(new Error('Connection terminated'));
      },
    };
  };
  return { connect, closed };
}

describe('within its time', () => {
  it('work is done with limits that fit into it', async () => {
    const { connect, closed } = slowServer();
    const limits = await withinTime(5000, connect, async (_, given) => given);
    expect(limits).toEqual({ statementTimeoutMilliseconds: 5000, totalTimeoutMilliseconds: 5000 });
    expect((await withinTime(2e6, connect, async (_, given) => given)).statementTimeoutMilliseconds).toBe(
      600_000,
    );
    expect(closed).toEqual([]);
  });

  it('or not at all: all connections are closed, and it is said so', async () => {
    const { connect, closed } = slowServer();
    const reading = withinTime(20, connect, async (open) => {
      const both = await Promise.all([open(), open()]);
      await Promise.all(both.map((one) => one.query('SELECT')));
    });
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(closed).toEqual([1, 2]);
  });

  it('no connection is opened once it is over', async () => {
    const { connect } = slowServer();
    let opened = false;
    const late = withinTime(10, connect, async (open) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await open();
      opened = true;
    });
    await expect(late).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(opened).toBe(false);
    await expect(withinTime(-3, connect, async () => {})).rejects.toMatchObject({ name: 'OutOfTime' });
  });

  it('errors stay what they are', async () => {
    const { connect } = slowServer();
    const error = new Error('of the work');
    await expect(withinTime(1000, connect, () => Promise.reject(error))).rejects.toBe(error);
  });
});
