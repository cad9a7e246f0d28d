import type { Scope } from '../../../sandbox/assembly/intrinsics.ts';

/** Where intrinsic functions of a test find what they name. */
export function scopeOf(given: Partial<Scope> & { values?: Record<string, unknown> } = {}): Scope {
  const { values = {}, ...others } = given;
  return {
    mappings: undefined,
    ref(name) {
      if (!Object.hasOwn(values, name)) throw new Error(`no ${name}`);
      return values[name];
    },
    attribute: (logicalId, name) => `${logicalId}'s ${name}`,
    importValue: (name) => `imported ${name}`,
    condition: (name) => name === 'Yes',
    ...others,
  };
}
