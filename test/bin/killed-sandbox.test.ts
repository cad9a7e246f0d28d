import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type KeptSandbox, keepSandbox, SYNTHESIZING } from '../support/command.ts';

let sandbox: KeptSandbox;
beforeAll(async () => {
  sandbox = await keepSandbox(SYNTHESIZING);
});
afterAll(() => sandbox?.end('SIGKILL'));

it('leaves nothing behind when it is killed', async () => {
  const ended = sandbox.end('SIGKILL');
  expect(sandbox.leftovers()).toEqual(expect.arrayContaining([expect.stringContaining('postgres')]));
  expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
  await vi.waitFor(() => expect(sandbox.leftovers()).toEqual([]), { timeout: 10_000, interval: 200 });
});
