import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDefinition } from '../../../lib/runbook/check-definition.ts';
import type { EachState } from '../../../lib/runbook/definition.ts';
import { runbookStates } from '../../../lib/runbook/state-machine.ts';
import { startMap } from '../../sandbox/services/states/start-map.ts';
import { failure, type Json } from '../../sandbox/services/states/start-states.ts';
import { definitionOf, proof, step } from './some-definition.ts';

type Map = Awaited<ReturnType<typeof startMap>>;
let map: Map;
beforeAll(async () => {
  map = await startMap();
});
afterAll(() => map.close());

const place = (name: string) => ({
  name,
  functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  timeoutSeconds: 60,
});
const each: EachState = {
  kind: 'each',
  name: 'look-at-all',
  listPath: '$.plan.observed.list',
  atMost: 2,
  steps: [
    { of: 'service', ...place('look-at-service') },
    { of: 'cache', ...place('look-at-cache') },
  ],
  writes: 'looked',
};
const definition = definitionOf({
  act: [],
  verify: [each, step('judge', { reads: [{ as: 'looked', path: '$.looked' }], writes: 'verifiedJudge' })],
});

/** Runs the runbook over a list; what the functions were called with, and what the results say. */
async function run(list: unknown[], looking: Readonly<Record<string, (payload: Json) => unknown>>) {
  const key = `lists/${crypto.randomUUID()}.json`;
  await map.put(key, list);
  const payloads: Json[] = [];
  let judged: Json;
  const place = { bucket: map.Bucket, key, prefix: key.replace('.json', '') };
  const opened = {
    run: { id: 'run', dryRun: false },
    lock: null,
    target: {},
    opening: { decision: 'proceed' },
  };
  const answers: Record<string, (payload: Json) => unknown> = {
    'open-run': () => opened,
    'make-plan': () => ({ observed: { list: place } }),
    judge(payload) {
      judged = payload;
      return { passed: true, checks: [] };
    },
    'close-run': () => ({ outcome: 'verified', error: '', cause: '' }),
  };
  for (const [name, answer] of Object.entries(answers)) map.handlers.set(name, answer);
  for (const [name, look] of Object.entries(looking))
    map.handlers.set(name, (payload) => {
      payloads.push(payload);
      return look(payload);
    });
  const ended = await map.run(runbookStates(definition), {});
  const { Key } = judged?.looked?.ResultWriterDetails ?? {};
  const manifest = Key === undefined ? undefined : await map.read(Key);
  const results = async (status: string): Promise<Json[]> => {
    const files = (manifest?.ResultFiles?.[status] ?? []) as Array<{ Key: string }>;
    return (await Promise.all(files.map((file) => map.read(file.Key)))).flat();
  };
  return { ended, payloads, key: Key, results };
}

describe('a step for each thing of a list', () => {
  it('is that of its kind, and gets the run and the thing', async () => {
    const { ended, payloads, results } = await run(
      [
        { kind: 'service', name: 'api' },
        { kind: 'cache', name: 'main' },
        { kind: 'service', name: 'worker' },
      ],
      {
        'look-at-service': ({ target }) => ({ looked: target.name }),
        'look-at-cache': ({ target }) => ({ looked: `cache ${target.name}` }),
      },
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect(payloads).toContainEqual({
      run: { id: 'run', dryRun: false },
      target: { kind: 'cache', name: 'main' },
      state: 'look-at-cache',
    });
    const outputs = (await results('SUCCEEDED')).map(({ Output }) => JSON.parse(Output).looked);
    expect(outputs.toSorted()).toEqual(['api', 'cache main', 'worker']);
  });

  it('fails no run, and keeps no other thing, where it fails or nothing is known of its kind', async () => {
    const { ended, results } = await run(
      [
        { kind: 'service', name: 'api' },
        { kind: 'service', name: 'broken' },
        { kind: 'toaster', name: 'kitchen' },
      ],
      {
        'look-at-service'({ target }) {
          if (target.name === 'broken') throw failure('NeedsHuman', 'It is broken.');
          return { looked: target.name };
        },
      },
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect((await results('SUCCEEDED')).map(({ Output }) => JSON.parse(Output).looked)).toEqual(['api']);
    const failed = (await results('FAILED')).map(({ Input, Error: error }) => [
      JSON.parse(Input).target.name,
      error,
    ]);
    expect(failed.toSorted()).toEqual([
      ['broken', 'NeedsHuman'],
      ['kitchen', 'InvalidInput'],
    ]);
  });

  it('takes an empty list', async () => {
    const { ended, payloads, results } = await run([], {});
    expect(ended.status).toBe('SUCCEEDED');
    expect(payloads).toEqual([]);
    expect(await results('SUCCEEDED')).toEqual([]);
  });

  it('never runs more at a time than it is told', async () => {
    let now = 0;
    let most = 0;
    const { ended } = await run(
      Array.from({ length: 8 }, (_, index) => ({ kind: 'service', name: `s${index}` })),
      {
        async 'look-at-service'() {
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
          return {};
        },
      },
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('the check of a definition', () => {
  it('takes a step for each thing, and what comes after it may read its results', () => {
    expect(() => checkDefinition(definition)).not.toThrow();
  });

  it.each<[string, Partial<EachState>, RegExp]>([
    [
      'reads a list that nobody has written',
      { listPath: '$.list' },
      /look-at-all reads 'list', which no state/,
    ],
    ['reads no path', { listPath: 'list' }, /which is no path/],
    [
      'has a step of a name that is taken',
      { steps: [{ of: 'service', ...place('judge') }] },
      /named 'judge'/,
    ],
  ])('refuses one that %s', (_, change, message) => {
    const changed = definitionOf({ act: [], verify: [{ ...each, ...change }, proof('judge')] });
    expect(() => checkDefinition(changed)).toThrow(message);
  });
});
