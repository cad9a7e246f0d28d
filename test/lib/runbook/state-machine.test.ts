import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../functions/run/close-run.ts';
import { decideOutcome } from '../../../functions/run/decide-outcome.ts';
import { statesOf } from '../../../lib/runbook/definition.ts';
import { runbookStates } from '../../../lib/runbook/state-machine.ts';
import { failure, type Json, type States, startStates } from '../../sandbox/services/states/start-states.ts';
import {
  approval,
  type ChainState,
  definitionOf,
  group,
  type Phases,
  pause,
  proof,
  type RunbookDefinition,
  step,
} from './some-definition.ts';

/** What is so in the world, for one run. */
interface World {
  /** What the plan says it has observed. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Steps that throw. */
  readonly failing?: readonly string[];
  /** Verify steps whose evidence is bad. */
  readonly bad?: readonly string[];
  readonly opening?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  /** Answers of functions that are not the usual ones. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

let states: States;
beforeAll(async () => {
  states = await startStates({ speed: 50 });
});
afterAll(() => states.close());

/** Deploys a runbook whose functions do as the world has it. */
function prepare(definition: RunbookDefinition, world: World) {
  const { facts = {}, failing = [], bad = [], opening = {}, dryRun = false, answers = {} } = world;
  const entered: string[] = [];
  const payloads = new Map<string, Json>();
  const { open, close, plan, act, verify, undo, afterwards, approval: asked } = definition;
  const steps = statesOf([
    ...[plan, act, verify, undo, afterwards].flat(),
    ...Object.values<ChainState>(asked ?? {}),
  ]);
  const changing = new Set([...statesOf(act)].map(({ name }) => name));
  const answer = (name: string): unknown => {
    if (name in answers) return answers[name];
    if (name === 'make-plan') return { observed: facts };
    const passed = !bad.includes(name);
    return { passed, checks: [{ name, passed, measured: 'looked at', at: '2026-11-21T03:00:00Z' }] };
  };
  for (const { kind, name } of steps) {
    if (kind === 'pause') continue;
    states.handlers.set(name, (payload) => {
      entered.push(name);
      payloads.set(name, payload);
      if (failing.includes(name)) throw failure('NeedsHuman', `${name} failed.`);
      return answer(name);
    });
  }
  states.handlers.set(open.name, (payload) => {
    payloads.set(open.name, payload);
    return {
      run: { id: 'run', dryRun },
      lock: null,
      target: { observeSeconds: 1 },
      opening: { decision: 'proceed', needsApproval: false, ...opening },
    };
  });
  states.handlers.set(close.name, (payload) => {
    payloads.set(close.name, payload);
    const record = {
      run: { id: 'run', dryRun },
      phase: 'act',
      acted: entered.some((name) => changing.has(name)),
      plan: payload.state.plan,
    };
    return decideOutcome(evidenceOf(payload.state, record as never));
  });
  return { entered, payloads };
}

/** Runs a runbook to its end: which steps were run, in which order, and how it ended. */
async function run(parts: Partial<RunbookDefinition>, world: World = {}) {
  const definition = definitionOf(parts);
  const { entered, payloads } = prepare(definition, world);
  const ended = await states.run(runbookStates(definition), {});
  return {
    entered,
    payloads,
    status: ended.status,
    error: ended.error ?? '',
    cause: ended.cause ?? ended.parsed?.cause,
    outcome: ended.parsed?.outcome,
    state: payloads.get('close-run')?.state,
  };
}

const swapping = group('swaps', [step('stop'), step('rename')]);
const facts = { swaps: true };
const undo = [step('undo-first'), step('undo-last', { writes: 'undone' })];
const afterwards = [step('tidy'), step('sweep')];

describe('a group', () => {
  it.each<[string, Partial<Phases>, string[]]>([
    [
      'in the middle',
      { act: [step('before'), swapping, step('after')] },
      ['before', 'stop', 'rename', 'after'],
    ],
    ['first in its phase', { act: [swapping, step('after')] }, ['stop', 'rename', 'after']],
    ['last in its phase', { act: [step('before'), swapping] }, ['before', 'stop', 'rename']],
    ['alone in its phase', { act: [swapping] }, ['stop', 'rename']],
    ['with a pause first', { act: [group('swaps', [pause('rest'), step('stop')])] }, ['stop']],
    [
      'after another of the same condition',
      { act: [swapping, group('swaps', [step('start')])] },
      ['stop', 'rename', 'start'],
    ],
  ])('that is %s is run where its condition holds and left out where not', async (_, parts, inside) => {
    const skipped = inside.filter((name) => name === 'before' || name === 'after');
    expect(await run(parts, { facts })).toMatchObject({
      entered: ['make-plan', ...inside, 'look'],
      outcome: 'verified',
    });
    expect(await run(parts, { facts: { swaps: false } })).toMatchObject({
      entered: ['make-plan', ...skipped, 'look'],
      outcome: 'verified',
    });
  });

  it.each([
    [true, false, false],
    [false, false, true],
    [false, true, false],
    [false, undefined, false],
    [true, 'true', false],
    ['swap', 'swap', true],
    ['swap', 'beside', false],
    ['swap', true, false],
    ['swap', null, false],
  ])('for what equals %j, finding %j: %s', async (equals, found, taken) => {
    const { entered, status } = await run(
      { act: [group('mode', [step('inside')], equals)] },
      { facts: { mode: found } },
    );
    expect(entered.includes('inside')).toBe(taken);
    expect(status).toBe('SUCCEEDED');
  });

  it('is left out where the whole path is missing', async () => {
    const absent = { ...swapping, when: { path: '$.nothing.like.it', equals: true } };
    expect(await run({ act: [absent] })).toMatchObject({
      entered: ['make-plan', 'look'],
      outcome: 'verified',
    });
  });

  it('may stand in every phase', async () => {
    const inEach = (fact: string): Partial<Phases> => ({
      plan: [step('make-plan', { writes: 'plan' }), group(fact, [step('plan-more')])],
      act: [group(fact, [step('act')])],
      verify: [group(fact, [proof('look-here')]), proof('look')],
      undo: [group(fact, [step('undo', { writes: 'undone' })])],
      afterwards: [group(fact, [step('tidy')])],
    });
    const all = ['make-plan', 'plan-more', 'act', 'look-here', 'look', 'undo', 'tidy'];
    const world = { facts: { is: true, not: false }, bad: ['look'] };
    expect(await run(inEach('is'), world)).toMatchObject({ entered: all, error: 'VerificationFailed' });
    expect(await run(inEach('not'), world)).toMatchObject({ entered: ['make-plan', 'look'] });
  });
});

describe('a runbook', () => {
  const acting = { act: [swapping, step('after')], undo, afterwards };
  it.each<[string, Partial<Phases>, World, string[], string]>([
    ['that only looks', { act: [] }, {}, ['look'], ''],
    ['that only looks, at something bad', { act: [] }, { bad: ['look'] }, ['look'], 'VerificationFailed'],
    ['in which all is well', acting, {}, ['stop', 'rename', 'after', 'look', 'tidy', 'sweep'], ''],
    ['whose plan fails', acting, { failing: ['make-plan'] }, [], 'NeedsHuman'],
    ['that only plans', acting, { dryRun: true }, [], ''],
    [
      'that fails in a group',
      acting,
      { failing: ['stop'] },
      ['stop', 'undo-first', 'undo-last', 'tidy', 'sweep'],
      'NeedsHuman',
    ],
    [
      'that fails in a group and has no undo',
      { ...acting, undo: [] },
      { failing: ['stop'] },
      ['stop', 'tidy', 'sweep'],
      'NeedsHuman',
    ],
    [
      'that fails in a group and has neither undo nor afterwards',
      { act: [swapping] },
      { failing: ['rename'] },
      ['stop', 'rename'],
      'NeedsHuman',
    ],
    [
      'whose undo fails',
      acting,
      { failing: ['after', 'undo-first'] },
      ['stop', 'rename', 'after', 'undo-first', 'tidy', 'sweep'],
      'NeedsHuman',
    ],
    [
      'that is not good',
      acting,
      { bad: ['look'] },
      ['stop', 'rename', 'after', 'look', 'undo-first', 'undo-last', 'tidy', 'sweep'],
      'VerificationFailed',
    ],
    [
      'that is not good and has no undo',
      { ...acting, undo: [] },
      { bad: ['look'] },
      ['stop', 'rename', 'after', 'look', 'tidy', 'sweep'],
      'VerificationFailed',
    ],
    [
      'that cannot look',
      acting,
      { failing: ['look'] },
      ['stop', 'rename', 'after', 'look', 'undo-first', 'undo-last', 'tidy', 'sweep'],
      'NeedsHuman',
    ],
    [
      'whose first step afterwards fails',
      acting,
      { failing: ['tidy'] },
      ['stop', 'rename', 'after', 'look', 'tidy', 'sweep'],
      'NeedsHuman',
    ],
  ])('%s runs what it should and ends with the right error', async (_, parts, world, steps, error) => {
    const { entered, error: found } = await run(parts, { facts, ...world });
    expect(entered).toEqual(['make-plan', ...steps]);
    expect(found).toBe(error);
  });

  it('that joins another does nothing', async () => {
    const { entered, outcome } = await run(acting, { opening: { decision: 'joined' } });
    expect({ entered, outcome }).toEqual({ entered: [], outcome: 'joined' });
  });

  it('tells its first step what it locks', async () => {
    const { payloads } = await run({ locksConsumers: 'swap' });
    expect(payloads.get('open-run')).toMatchObject({ acts: true, locksConsumers: 'swap' });
  });

  it('says that it was undone, and why', async () => {
    expect(await run(acting, { facts, failing: ['after'] })).toMatchObject({
      error: 'NeedsHuman',
      cause: 'after failed.',
      state: { undone: expect.anything(), failure: { Error: 'NeedsHuman' } },
    });
  });

  it('keeps its failure apart from one that comes afterwards, and tells both', async () => {
    const { cause, state } = await run(acting, { facts, failing: ['stop', 'tidy', 'sweep'] });
    expect(cause).toBe('stop failed. Then a step that comes afterwards failed: sweep failed.');
    expect(JSON.parse(state.failure.Cause).errorMessage).toBe('stop failed.');
  });

  it('does not succeed where only what comes afterwards failed', async () => {
    expect(await run(acting, { facts, failing: ['sweep'] })).toMatchObject({
      status: 'FAILED',
      error: 'NeedsHuman',
      cause: 'Done and verified, but a step that comes afterwards failed: sweep failed.',
    });
  });
});

describe('evidence', () => {
  const grouped = group('swaps', [proof('probe')]);
  it.each<[string, Partial<Phases>, World, boolean]>([
    ['of a group that was left out is not asked for', { verify: [proof('look'), grouped] }, {}, true],
    ['of a group must be good', { verify: [proof('look'), grouped] }, { facts, bad: ['probe'] }, false],
    ['of a group that is good', { verify: [proof('look'), grouped] }, { facts }, true],
    ['beside a group must be good', { verify: [proof('look'), grouped] }, { facts, bad: ['look'] }, false],
    ['must be there, some of it, where all is in groups', { verify: [grouped] }, {}, false],
    ['of one group is enough where all is in groups', { verify: [grouped] }, { facts }, true],
    [
      'under another key is none',
      { verify: [proof('look'), step('record', { writes: 'trend' })] },
      { bad: ['record'] },
      true,
    ],
    [
      'of a group that says nothing of passing does not pass',
      { verify: [proof('look'), grouped] },
      { facts, answers: { probe: {} } },
      false,
    ],
    ['that says nothing of passing does not pass', {}, { answers: { look: {} } }, false],
  ])('%s', async (_, parts, world, good) => {
    const { status, entered } = await run({ ...parts, undo }, world);
    expect(status).toBe(good ? 'SUCCEEDED' : 'FAILED');
    if (good) expect(entered).not.toContain('undo-first');
  });
});

describe('a step', () => {
  it('is given what it reads, constants, and the name of its state', async () => {
    const { payloads } = await run(
      {
        act: [
          step('restore', { writes: 'restored' }),
          step('await', {
            reads: [
              { as: 'awaited', path: '$.restored' },
              { as: 'swaps', path: '$.plan.observed.swaps' },
            ],
            gives: { direction: 'back', limits: { minutes: 3 } },
          }),
        ],
      },
      { facts, answers: { restore: { instance: 'main-restored' } } },
    );
    expect(payloads.get('await')).toEqual({
      run: { id: 'run', dryRun: false },
      lock: null,
      target: { observeSeconds: 1 },
      awaited: { instance: 'main-restored' },
      swaps: true,
      direction: 'back',
      limits: { minutes: 3 },
      state: 'await',
    });
  });

  it('that waits is given its token and how long it may wait', async () => {
    const waiting = { act: [step('await', { token: { timeoutSeconds: 1800, heartbeatSeconds: 900 } })] };
    const definition = definitionOf(waiting);
    const { payloads } = prepare(definition, {});
    const execution = await states.start(runbookStates(definition));
    await answer(payloads, 'await', {});
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(payloads.get('await')).toMatchObject({ state: 'await', waitSeconds: 1800 });
  });
});

describe('an approval', () => {
  const approved: Partial<RunbookDefinition> = {
    approval,
    plan: [
      group('first', [step('never')]),
      step('make-plan', { writes: 'plan' }),
      group('swaps', [step('plan-more')]),
    ],
    afterwards,
  };

  it('plans again, with groups first and last, and then acts', async () => {
    const definition = definitionOf(approved);
    const { entered, payloads } = prepare(definition, { facts, opening: { needsApproval: true } });
    const execution = await states.start(runbookStates(definition));
    await answer(payloads, 'request-approval', { decision: 'approved' });
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(entered).toEqual([
      ...['make-plan', 'plan-more', 'request-approval'],
      ...['make-plan', 'plan-more', 'confirm-approval'],
      ...['act', 'look', 'tidy', 'sweep'],
    ]);
    expect(payloads.get('confirm-approval')).toMatchObject({ approval: { decision: 'approved' } });
  });

  it('that is not confirmed ends the run, with nothing to do afterwards', async () => {
    const definition = definitionOf(approved);
    const world = { facts, opening: { needsApproval: true }, failing: ['confirm-approval'] };
    const { entered, payloads } = prepare(definition, world);
    const execution = await states.start(runbookStates(definition));
    await answer(payloads, 'request-approval', { decision: 'rejected' });
    expect(await states.outcome(execution)).toMatchObject({ status: 'FAILED', error: 'NeedsHuman' });
    expect(entered.at(-1)).toBe('confirm-approval');
  });
});

/** Answers the token that a step was given, once it was. */
async function answer(payloads: ReadonlyMap<string, Json>, name: string, output: unknown): Promise<void> {
  await expect.poll(() => payloads.get(name)?.taskToken, { timeout: 10_000 }).toBeTruthy();
  await states.client.send(
    new SendTaskSuccessCommand({ taskToken: payloads.get(name).taskToken, output: JSON.stringify(output) }),
  );
}

describe('any runbook', () => {
  const FACTS = ['yes', 'no', 'missing'] as const;
  /** The phases of a runbook whose steps are numbered by where they stand. */
  const phase = (prefix: string, atLeast: number, make: (name: string) => ChainState & { kind: 'step' }) =>
    fc
      .array(
        fc.record({
          fact: fc.option(fc.constantFrom(...FACTS), { nil: undefined }),
          steps: fc.integer({ min: 1, max: 2 }),
        }),
        { minLength: atLeast, maxLength: 3 },
      )
      .map((items) =>
        items.flatMap(({ fact, steps }, index): ChainState[] => {
          const made = Array.from({ length: steps }, (_, inner) => make(`${prefix}-${index}-${inner}`));
          return fact === undefined ? made : [group(fact, made)];
        }),
      );
  const definitions = fc.record({
    plan: phase('plan', 0, step).map((more) => [step('make-plan', { writes: 'plan' }), ...more]),
    act: phase('act', 1, step),
    verify: phase('verify', 0, proof).map((more) => [...more, proof('look')]),
    undo: phase('undo', 0, step),
    afterwards: phase('afterwards', 0, step),
  });

  /** The route in words: phases in order, each left at its first failure but the last one. */
  function expected(phases: Phases, { failing = [], bad = [], dryRun }: World): string[] {
    const entered: string[] = [];
    const go = (items: readonly ChainState[], stops = true): boolean => {
      let well = true;
      for (const item of items) {
        if (item.kind === 'group' && !item.when.path.endsWith('.yes')) continue;
        for (const { name } of statesOf([item])) {
          entered.push(name);
          if (failing.includes(name)) well = false;
          if (!well && stops) return false;
        }
      }
      return well;
    };
    if (!go(phases.plan) || dryRun) return entered;
    const well = go(phases.act) && go(phases.verify);
    if (!well || entered.some((name) => bad.includes(name))) go(phases.undo);
    go(phases.afterwards, false);
    return entered;
  }

  it('takes its phases in order, whatever fails', async () => {
    const cases = definitions.chain((phases) => {
      const names = statesOf(Object.values(phases).flat()).map(({ name }) => name);
      const verifying = statesOf(phases.verify).map(({ name }) => name);
      return fc.record({
        phases: fc.constant(phases),
        failing: fc.subarray(names, { maxLength: 3 }),
        bad: fc.subarray(verifying, { maxLength: 1 }),
        dryRun: fc.boolean(),
      });
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ phases, ...world }) => {
        const { entered, status } = await run(phases, { ...world, facts: { yes: true, no: false } });
        expect(entered).toEqual(expected(phases, world));
        const failed = entered.some((name) => world.failing.includes(name) || world.bad.includes(name));
        expect(status).toBe(failed ? 'FAILED' : 'SUCCEEDED');
      }),
      { numRuns: 30 },
    );
  });
});
