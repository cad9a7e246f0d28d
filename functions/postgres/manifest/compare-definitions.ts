import type { Column, Index, Surroundings } from './manifest.ts';

/** One thing in the definition of a table or around it that is not as it was. Sentences for the operator, no values of rows. */
export type Difference = string;

/** How a table's columns changed. `readable` says whether all columns of then are still there as they were. */
export function compareColumns(
  was: readonly Column[],
  now: readonly Column[],
): { readonly differences: Difference[]; readonly readable: boolean } {
  const { gone, added, both } = match(was, now, ({ name }) => name);
  const retyped = both.filter(([before, after]) => before.type !== after.type);
  const nullability = both.filter(([before, after]) => before.notNull !== after.notNull);
  return {
    differences: [
      ...gone.map(({ name, type }) => `column "${name}" (${type}) was dropped`),
      ...added.map(({ name, type }) => `column "${name}" (${type}) was added`),
      ...retyped.map(([before, after]) => `column "${before.name}" is now ${after.type}, was ${before.type}`),
      ...nullability.map(
        ([, after]) => `column "${after.name}" is now ${after.notNull ? 'NOT NULL' : 'nullable'}`,
      ),
    ],
    readable: gone.length === 0 && retyped.length === 0,
  };
}

/** How a table's indexes changed. */
export function compareIndexes(was: readonly Index[], now: readonly Index[]): Difference[] {
  const { gone, added, both } = match(was, now, ({ name }) => name);
  return [
    ...gone.map(({ name }) => `index "${name}" was dropped`),
    ...both
      .filter(([before, after]) => before.valid && !after.valid)
      .map(([, { name }]) => `index "${name}" is invalid`),
    ...both
      .filter(([before, after]) => !before.valid && after.valid)
      .map(([, { name }]) => `index "${name}" was invalid and is valid now`),
    ...both
      .filter(([before, after]) => before.definition !== after.definition || before.unique !== after.unique)
      .map(([, { name }]) => `index "${name}" is defined otherwise`),
    ...added.map(({ name, valid }) => `index "${name}" is new${valid ? '' : ' and invalid'}`),
  ];
}

/** How what surrounds the tables changed: extensions, roles, memberships, settings. */
export function compareSurroundings(was: Surroundings, now: Surroundings): Difference[] {
  const settings = (of: Surroundings) =>
    Object.entries(of.settings).map(([name, value]) => ({ name, value }));
  return [
    ...named('extension', was.extensions, now.extensions, {
      key: ({ name }) => name,
      value: ({ version }) => version,
    }),
    ...named('role', was.roles, now.roles, {
      key: ({ name }) => name,
      value: ({ attributes }) => attributes,
    }),
    ...named('membership', was.memberships, now.memberships, {
      key: ({ role, member }) => `${member} in ${role}`,
      value: ({ options }) => options,
    }),
    ...named('setting', settings(was), settings(now), {
      key: ({ name }) => name,
      value: ({ value }) => value,
    }),
  ];
}

function named<One>(
  kind: string,
  was: readonly One[],
  now: readonly One[],
  { key, value }: { key: (one: One) => string; value: (one: One) => string },
): Difference[] {
  const { gone, added, both } = match(was, now, key);
  return [
    ...gone.map((one) => `${kind} "${key(one)}" is gone`),
    ...added.map((one) => `${kind} "${key(one)}" is new`),
    ...both
      .filter(([before, after]) => value(before) !== value(after))
      .map(([before, after]) => `${kind} "${key(before)}" is "${value(after)}", was "${value(before)}"`),
  ];
}

/** Pairs two lists by name. */
export function match<Was, Now>(
  was: readonly Was[],
  now: readonly Now[],
  key: (one: Was | Now) => string,
): { gone: Was[]; added: Now[]; both: [Was, Now][] } {
  const before = new Map(was.map((one) => [key(one), one]));
  const after = new Map(now.map((one) => [key(one), one]));
  return {
    gone: was.filter((one) => !after.has(key(one))),
    added: now.filter((one) => !before.has(key(one))),
    both: was.flatMap((one): [Was, Now][] => {
      const other = after.get(key(one));
      return other === undefined ? [] : [[one, other]];
    }),
  };
}
