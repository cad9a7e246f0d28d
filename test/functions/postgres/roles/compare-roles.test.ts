import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRoles } from '../../../../functions/postgres/roles/compare-roles.ts';
import { quoteSetting, splitList } from '../../../../functions/postgres/roles/quote-setting.ts';
import type { Role } from '../../../../functions/postgres/roles/role.ts';

const name = fc.constantFrom('readers', 'owner', 'größe "q"');
const options = { admin: fc.boolean(), inherit: fc.boolean(), set: fc.boolean() };
const role = fc.record<Omit<Role, 'name'>>({
  attributes: fc.record({
    login: fc.boolean(),
    superuser: fc.boolean(),
    inherit: fc.boolean(),
    createDatabase: fc.boolean(),
    createRole: fc.boolean(),
    replication: fc.boolean(),
    bypassRowSecurity: fc.boolean(),
    connectionLimit: fc.integer({ min: -1, max: 3 }),
  }),
  expired: fc.constant(false),
  memberships: fc.uniqueArray(fc.record({ role: name, ...options }), {
    selector: (membership) => membership.role,
  }),
  settings: fc.uniqueArray(
    fc.record({
      database: fc.constantFrom(null, 'shop', 'other'),
      name: fc.constantFrom('search_path', 'statement_timeout'),
      value: fc.constantFrom('a', 'b'),
    }),
    { selector: (setting) => `${setting.database} ${setting.name}` },
  ),
});
const compare = (one: Omit<Role, 'name'>, other: Omit<Role, 'name'>) =>
  compareRoles({ name: 'app', ...acting(one) }, { name: 'app_b', ...acting(other) }, 'owner', 'shop');

/** As both users are: with what is asked of each whatever the other is like. */
const acting = (one: Omit<Role, 'name'>): Omit<Role, 'name'> => ({
  ...one,
  memberships: [
    ...one.memberships.filter((membership) => membership.role !== 'owner'),
    { role: 'owner', admin: false, inherit: true, set: true },
  ],
  settings: [...one.settings, { database: null, name: 'role', value: 'owner' }],
});

describe('comparing roles', () => {
  it('finds no difference exactly where there is none, in whatever order things are', () => {
    fc.assert(
      fc.property(role, role, (one, other) => {
        const shuffled = {
          ...one,
          memberships: one.memberships.toReversed(),
          settings: one.settings.toReversed(),
        };
        expect(compare(one, shuffled)).toEqual([]);
        const key = ({ attributes, memberships, settings }: Omit<Role, 'name'>) =>
          JSON.stringify([
            attributes,
            memberships.toSorted((a, b) => (a.role < b.role ? -1 : 1)),
            settings.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
          ]);
        expect(compare(one, other).length === 0).toBe(key(acting(one)) === key(acting(other)));
      }),
    );
  });

  it('tells as many differences whoever comes first', () => {
    fc.assert(
      fc.property(role, role, (one, other) => {
        expect(compare(one, other)).toHaveLength(compare(other, one).length);
      }),
    );
  });

  it('tells of each user that does not act as the owner role, even where they are alike', () => {
    fc.assert(
      fc.property(role, (one) => {
        const alike = { ...one, memberships: [], settings: [] };
        const told = compareRoles({ name: 'app', ...alike }, { name: 'app_b', ...alike }, 'owner', 'shop');
        expect(told.filter((sentence) => sentence.startsWith('app '))).toHaveLength(2);
        expect(told.filter((sentence) => sentence.startsWith('app_b '))).toHaveLength(2);
      }),
    );
  });
});

describe('quoting settings', () => {
  it.each([
    ['statement_timeout', '5s', "'5s'"],
    ['app.tenant', `a'b\\c, "d"`, ` E'a''b\\\\c, "d"'`],
    ['search_path', '"$user", public', "'$user', 'public'"],
    ['search_path', '"Größe, ""b""",x', `'Größe, "b"', 'x'`],
    ['search_path', '""', "''"],
    ['search_path', '', "''"],
  ])('writes %s = %s', (setting, value, expected) => {
    expect(quoteSetting(setting, value)).toBe(expected);
  });

  it('reads any list of names as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        const written = names.map((one) => `"${one.replaceAll('"', '""')}"`).join(', ');
        expect(splitList(written)).toEqual(names);
      }),
    );
  });
});
