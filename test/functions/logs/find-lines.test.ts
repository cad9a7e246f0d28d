import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findLines } from '../../../functions/logs/find-lines.ts';

interface Page {
  readonly events?: ReadonlyArray<{ timestamp?: number }>;
  readonly nextToken?: string;
}

let pages: (asked: number) => Page;
let asked: Array<Record<string, unknown>>;
const send = async ({ input }: { input: Record<string, unknown> }) => {
  asked.push(input);
  return pages(asked.length);
};
vi.mock('../../../functions/clients.ts', () => ({
  client: () => () => ({ send: (command: never) => send(command) }),
}));
beforeEach(() => {
  asked = [];
});

const find = () =>
  findLines(
    { logGroup: '/ecs/api', line: 'loop:start', from: new Date(1000), to: new Date(2000) },
    new AbortController().signal,
  );

describe('lines of a log', () => {
  it('are asked for as they stand, in a bounded time', async () => {
    pages = () => ({ events: [{ timestamp: 1500 }, {}] });
    expect(await find()).toEqual({ times: [new Date(1500)], complete: true });
    expect(asked).toEqual([
      { logGroupName: '/ecs/api', filterPattern: '"loop:start"', startTime: 1000, endTime: 2001 },
    ]);
  });

  it('are looked for behind pages that are empty', async () => {
    pages = (page) => (page < 4 ? { nextToken: `page ${page}` } : { events: [{ timestamp: 1500 }] });
    expect((await find()).times).toHaveLength(1);
    expect(asked.map(({ nextToken }) => nextToken)).toEqual([undefined, 'page 1', 'page 2', 'page 3']);
  });

  it('are not looked for without end', async () => {
    pages = () => ({ events: [{ timestamp: 1500 }], nextToken: 'more' });
    expect(await find()).toMatchObject({ complete: false });
    expect(asked).toHaveLength(20);
  });
});
