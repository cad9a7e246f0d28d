import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { creationOrder } from '../../../sandbox/assembly/creation-order.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Json = any;

describe('the order of creation', () => {
  test.each<[string, Record<string, Json>, string[]]>([
    ['is that of the template', { B: {}, A: {}, C: {} }, ['B', 'A', 'C']],
    ['has a resource after what it refers to', { A: { Properties: { x: { Ref: 'B' } } }, B: {} }, ['B', 'A']],
    [
      'has a resource after what it has an attribute of',
      { A: { Properties: { x: { 'Fn::GetAtt': ['B', 'Arn'] } } }, B: {} },
      ['B', 'A'],
    ],
    [
      'has a resource after what a text of it names',
      { A: { Properties: { x: { 'Fn::Sub': '${B.Arn}' } } }, B: {} },
      ['B', 'A'],
    ],
    ['has a resource after the one it depends on', { A: { DependsOn: 'B' }, B: {} }, ['B', 'A']],
    [
      'has a resource after all that it depends on',
      { A: { DependsOn: ['C', 'B'] }, B: {}, C: {} },
      ['C', 'B', 'A'],
    ],
    ['leaves parameters out', { A: { Properties: { x: { Ref: 'Stage' } } } }, ['A']],
  ])('%s', (_what, resources, expected) => {
    expect(creationOrder('stack', resources)).toEqual(expected);
  });

  test('shows a circle', () => {
    const resources = {
      Start: { DependsOn: 'A' },
      A: { Properties: { x: { Ref: 'B' } } },
      B: { DependsOn: 'C' },
      C: { Properties: { x: { 'Fn::GetAtt': ['A', 'Arn'] } } },
    };
    expect(() => creationOrder('stack', resources)).toThrow('A → B → C → A');
  });

  test('has everything once, after what it needs', () => {
    // Resources may only need those of a smaller number, so that there is no circle.
    const graph = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(
          ...Array.from({ length: size }, (_, index) => fc.uniqueArray(fc.nat(Math.max(0, index - 1)))),
        ),
      );
    fc.assert(
      fc.property(graph, fc.func(fc.boolean()), (needs, byReference) => {
        const resources = Object.fromEntries(
          needs
            .map((list, index): [string, Json] => {
              const ids = index === 0 ? [] : list.map((id) => `R${id}`);
              return [
                `R${index}`,
                byReference(index) ? { Properties: ids.map((Ref) => ({ Ref })) } : { DependsOn: ids },
              ];
            })
            .reverse(),
        );
        const order = creationOrder('stack', resources);
        expect(order.toSorted()).toEqual(Object.keys(resources).toSorted());
        for (const [index, list] of needs.entries()) {
          if (index === 0) continue;
          for (const id of list) expect(order.indexOf(`R${id}`)).toBeLessThan(order.indexOf(`R${index}`));
        }
      }),
    );
  });
});
