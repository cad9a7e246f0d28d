import { describe, expect, test } from 'vitest';
import {
  compareWithManifest,
  whyIncomparable,
} from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import { ORDERS } from './comparing.ts';
import { aServer, take } from './database.ts';

const database = aServer();

describe('what surrounds the tables', () => {
  test('is compared', async () => {
    const test = await database();
    await test.run('CREATE TABLE orders (id int)', 'CREATE ROLE leaving');
    const manifest = await take(test);
    await test.run(
      'CREATE ROLE coming LOGIN',
      'DROP ROLE leaving',
      'GRANT pg_monitor TO reader',
      `ALTER DATABASE ${test.name} SET search_path = 'other'`,
    );
    try {
      const { surroundings, passed } = await compareWithManifest(() => test.connect(), manifest);
      expect(passed).toBe(true);
      expect(surroundings).toEqual([
        'role "leaving" is gone',
        'role "coming" is new',
        'membership "reader in pg_monitor" is new',
        `setting "search_path" is "other", was ""$user", public"`,
      ]);
    } finally {
      await test.run('DROP ROLE coming', 'REVOKE pg_monitor FROM reader');
    }
  });
});

describe('a comparison is refused', () => {
  const server = { versionNumber: 180_004, systemIdentifier: '7', database: 'shop' };
  const manifest = { server, snapshot: '100:110:' };
  test.each<[string, Partial<typeof server>, string, RegExp | undefined]>([
    ['of a later minor version: not', { versionNumber: 180_009 }, '200:200:', undefined],
    ['of another major version', { versionNumber: 170_002 }, '200:200:', /PostgreSQL 18.*PostgreSQL 17/],
    ['of another database', { database: 'other' }, '200:200:', /"shop".*"other"/],
    ['of another cluster', { systemIdentifier: '8' }, '200:200:', /not a physical copy/],
    ['of an earlier point in time', {}, '100:109:', /before the manifest/],
  ])('%s', (_what, change, snapshot, reason) => {
    const why = whyIncomparable(manifest, { ...server, ...change }, snapshot);
    if (reason === undefined) expect(why).toBeUndefined();
    else expect(why).toMatch(reason);
  });

  test('before any table is read', async () => {
    const test = await database();
    await test.run(...ORDERS);
    const taken = await take(test);
    const old = { ...taken, server: { ...taken.server, versionNumber: 150_003 } };
    await expect(compareWithManifest(() => test.connect(), old)).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(/PostgreSQL 15 and this server is PostgreSQL 18.*Nothing was changed/),
    });
  });
});
