import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListedInstance } from '../../../functions/rds/list-instances.ts';
import {
  decideNaming,
  type Name,
  partners,
  type Swap,
  swapPosition,
  type Which,
} from '../../../functions/rds/swap-position.ts';
import { Tag } from '../../../schemas/names.ts';

const swap: Swap = {
  declared: 'shop',
  run: 'run-1',
  original: { identifier: 'shop', resourceId: 'db-ORIGINAL' },
  restored: { identifier: 'shop-restored', resourceId: 'db-RESTORED' },
  aside: 'shop-before',
};
const instance = (
  resourceId: string,
  identifier: string,
  becomes: string | null = null,
  status = becomes === null ? 'available' : 'renaming',
): ListedInstance => ({ identifier, arn: '', resourceId, status, becomes, endpoint: null, tags: {} });
const original = (...rest: [string, (string | null)?, string?]) => instance('db-ORIGINAL', ...rest);
const restored = (...rest: [string, (string | null)?, string?]) => instance('db-RESTORED', ...rest);

describe('the position of a swap', () => {
  it.each([
    ['before', [original('shop'), restored('shop-restored')]],
    ['before', [original('shop')]],
    ['before', [original('shop', null, 'backing-up'), restored('shop-restored', null, 'creating')]],
    ['original-renaming', [original('shop', 'shop-before'), restored('shop-restored')]],
    ['original-renaming', [original('shop', 'shop-before', 'available'), restored('shop-restored')]],
    ['original-renaming', [original('shop-before', null, 'renaming'), restored('shop-restored')]],
    ['original-renaming', [original('shop-before', 'shop'), restored('shop-restored')]],
    ['nobody-has-the-name', [original('shop-before'), restored('shop-restored')]],
    ['restored-renaming', [original('shop-before'), restored('shop-restored', 'shop')]],
    ['restored-renaming', [original('shop-before'), restored('shop', 'shop-restored')]],
    ['swapped', [original('shop-before'), restored('shop')]],
    ['unexpected', []],
    ['unexpected', [restored('shop')]],
    ['unexpected', [original('shop-before')]],
    ['unexpected', [original('shop-before'), instance('db-STRANGER', 'shop')]],
    ['unexpected', [original('mine'), restored('shop-restored')]],
    ['unexpected', [original('shop', 'shop-before'), restored('shop-restored', 'shop')]],
  ] as Array<[string, ListedInstance[]]>)('is %s', (expected, instances) => {
    expect(swapPosition(instances, swap)).toBe(expected);
  });

  it('knows a restored instance without an id by its run, then by its name, and never takes the original for it', () => {
    const unknown = { ...swap, restored: { ...swap.restored, resourceId: null } };
    const tagged = { ...instance('db-A', 'shop'), tags: { [Tag.run]: 'run-1' } };
    const named = instance('db-B', 'shop-restored');
    expect(partners([original('shop-before'), named, tagged], unknown).restored).toBe(tagged);
    expect(partners([original('shop-before'), named], unknown).restored).toBe(named);
    const disguised = { ...original('shop-restored'), tags: { [Tag.run]: 'run-1' } };
    expect(partners([disguised], unknown)).toEqual({ original: disguised, restored: undefined });
  });
});

describe('what is to be done so that an instance gets a name', () => {
  it.each([
    ['original', 'aside', [original('shop'), restored('shop-restored')], 'rename', undefined],
    ['original', 'aside', [original('shop-before'), restored('shop-restored')], 'named', undefined],
    ['original', 'aside', [original('shop', 'shop-before'), restored('shop-restored')], 'asked', undefined],
    // The last attempt wants it back: what was begun ends first.
    [
      'original',
      'declared',
      [original('shop', 'shop-before'), restored('shop-restored')],
      'later',
      'is being',
    ],
    ['original', 'aside', [original('shop')], 'refuse', 'no instance to take its place'],
    ['original', 'aside', [original('shop'), restored('shop-restored', null, 'modifying')], 'later', 'until'],
    [
      'original',
      'aside',
      [original('shop'), restored('shop-restored'), instance('db-X', 'shop-before')],
      'refuse',
      'db-X, available) has the name shop-before',
    ],
    [
      'original',
      'aside',
      [original('mine'), restored('shop-restored')],
      'refuse',
      'somebody else renamed it',
    ],
    ['original', 'aside', [restored('shop-restored')], 'absent', undefined],
    ['restored', 'declared', [original('shop'), restored('shop-restored')], 'refuse', 'has the name shop'],
    [
      'restored',
      'declared',
      [original('shop', 'shop-before'), restored('shop-restored')],
      'later',
      'has not given the name up yet',
    ],
    [
      'restored',
      'declared',
      [original('shop-before'), restored('shop-restored'), instance('db-X', 'new', 'shop')],
      'refuse',
      'about to get the name shop',
    ],
    ['restored', 'beside', [original('shop-before'), restored('shop')], 'rename', undefined],
    ['restored', 'beside', [restored('shop')], 'refuse', 'no instance to take its place'],
    ['restored', 'beside', [original('shop-before', null, 'stopped'), restored('shop')], 'later', 'until'],
    ['original', 'declared', [original('shop-before'), restored('shop')], 'refuse', 'has the name shop'],
    ['original', 'declared', [original('shop-before')], 'rename', undefined],
  ] as Array<[Which, Name, ListedInstance[], string, string | undefined]>)(
    'the %s instance, name %s, of %j',
    (which, name, instances, kind, why) => {
      const naming = decideNaming(instances, swap, which, name);
      expect(naming.kind).toBe(kind);
      expect('why' in naming ? naming.why : undefined).toEqual(
        why === undefined ? undefined : expect.stringContaining(why),
      );
    },
  );
});

/** RDS as far as names go: a rename takes time, a name is reserved from the call on. */
class Names {
  instances: ListedInstance[] = [original('shop'), restored('shop-restored')];

  modify(identifier: string, to: string): void {
    const taken = this.instances.some((one) => one.identifier === to || one.becomes === to);
    const found = this.instances.find((one) => one.identifier === identifier);
    if (taken || found?.status !== 'available') throw new Error(`RDS refuses ${identifier} to ${to}`);
    this.instances = this.instances.map((one) =>
      one === found ? { ...one, becomes: to, status: 'renaming' } : one,
    );
  }
  /** What was begun ends. */
  pass(): void {
    this.instances = this.instances.map(({ becomes, ...one }) => ({
      ...one,
      identifier: becomes ?? one.identifier,
      becomes: null,
      status: 'available',
    }));
  }
}

const acts: ReadonlyArray<[Which, Name]> = [
  ['original', 'aside'],
  ['restored', 'declared'],
];
const undos: ReadonlyArray<[Which, Name]> = [
  ['restored', 'beside'],
  ['original', 'declared'],
];

/** How one attempt of a step goes: it dies before the call, or after it, or time passes before it comes. */
const attempts = fc.array(fc.constantFrom('dies', 'acts', 'passes'), { maxLength: 12 });

/** Tries a state with crashes and repetitions, then as often as it needs; what it waits for ends before the next one. */
function runState(names: Names, [which, name]: [Which, Name], trouble: readonly string[]): void {
  const attempt = (): boolean => {
    const naming = decideNaming(names.instances, swap, which, name);
    if (naming.kind === 'refuse' || naming.kind === 'absent') throw new Error(JSON.stringify(naming));
    if (naming.kind === 'rename') names.modify(naming.instance.identifier, naming.to);
    const holders = names.instances.filter(({ identifier }) => identifier === 'shop');
    expect(holders.length).toBeLessThanOrEqual(1);
    return naming.kind !== 'later';
  };
  for (const event of trouble) {
    if (event === 'passes') names.pass();
    else if (event === 'acts') attempt();
  }
  while (!attempt()) names.pass();
  names.pass();
}

describe('a swap that dies anywhere and is run again', () => {
  const stops = fc.record({
    // How far the first run came, and what it left going on.
    done: fc.integer({ min: 0, max: 2 }),
    begun: fc.boolean(),
    trouble: fc.array(attempts, { minLength: 4, maxLength: 4 }),
  });
  function halfWay({ done, begun }: { done: number; begun: boolean }): Names {
    const names = new Names();
    for (const state of acts.slice(0, done)) runState(names, state, []);
    const next = acts[done];
    if (begun && next !== undefined) {
      const naming = decideNaming(names.instances, swap, ...next);
      if (naming.kind === 'rename') names.modify(naming.instance.identifier, naming.to);
    }
    return names;
  }

  it('ends swapped when it is finished', () => {
    fc.assert(
      fc.property(stops, (stop) => {
        const names = halfWay(stop);
        for (const [index, state] of acts.entries()) runState(names, state, stop.trouble[index] ?? []);
        expect(swapPosition(names.instances, swap)).toBe('swapped');
      }),
    );
  });

  it('ends as before when it is undone', () => {
    fc.assert(
      fc.property(stops, (stop) => {
        const names = halfWay(stop);
        for (const [index, state] of undos.entries()) runState(names, state, stop.trouble[index] ?? []);
        expect(swapPosition(names.instances, swap)).toBe('before');
      }),
    );
  });

  it('ends as before when it is finished and then undone', () => {
    fc.assert(
      fc.property(stops, (stop) => {
        const names = halfWay(stop);
        for (const [index, state] of [...acts, ...undos].entries())
          runState(names, state, stop.trouble[index] ?? []);
        expect(swapPosition(names.instances, swap)).toBe('before');
      }),
    );
  });
});
