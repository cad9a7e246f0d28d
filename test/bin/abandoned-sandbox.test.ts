import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KeptSandbox, keepSandbox } from '../support/command.ts';

let sandbox: KeptSandbox;
beforeAll(async () => {
  sandbox = await keepSandbox();
});
afterAll(() => sandbox?.end('SIGKILL'));

it('ends, and leaves nothing behind, when the older Node.js that handed over to it is gone', async () => {
  const ended = sandbox.end();
  sandbox.child.disconnect();
  expect(await ended).toEqual({ code: 143, signal: null });
  expect(sandbox.leftovers()).toEqual([]);
});
