import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNameOfRun, runStartOf, snapshotName } from '../../../functions/rds/snapshot-name.ts';

const STARTED = '2026-11-21T03:00:07.120Z';

describe('the name of a snapshot', () => {
  it('tells whose it is and when its run began', () => {
    const name = snapshotName('main', { id: 'daily-1', startedAt: STARTED });
    expect(name).toMatch(/^nightshift-main-20261121030007-[0-9a-f]{6}$/);
    expect(runStartOf(name)?.toISOString()).toBe('2026-11-21T03:00:07.000Z');
    expect(isNameOfRun(name, 'daily-1')).toBe(true);
    expect(isNameOfRun(name, 'daily-2')).toBe(false);
  });

  it.each([
    ['main-', 'main'],
    ['Old Orders', 'old-orders'],
    ['a--b__c', 'a-b-c'],
    ['***', 'database'],
    ['a-very-long-name-of-a-databas-e', 'a-very-long-name-of-a-databas'],
  ])('of the database %j has %s in it', (database, part) => {
    expect(snapshotName(database, { id: 'x', startedAt: STARTED })).toMatch(
      new RegExp(`^nightshift-${part}-20261121030007-[0-9a-f]{6}$`),
    );
  });

  it('is one that RDS takes, always the same for a run and another for another', () =>
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
        (database, id, at) => {
          const startedAt = at.toISOString();
          const name = snapshotName(database, { id, startedAt });
          expect(name).toMatch(/^[a-z](-?[a-z0-9])*$/);
          expect(name.length).toBeLessThanOrEqual(63);
          expect(snapshotName(database, { id, startedAt })).toBe(name);
          expect(snapshotName(database, { id: `${id}.`, startedAt })).not.toBe(name);
          expect(runStartOf(name)?.getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000);
        },
      ),
    ));

  it.each(['before-the-migration', 'nightshift-main-20269921030007-abcdef', 'nightshift-main'])(
    '%s tells no time',
    (name) => {
      expect(runStartOf(name)).toBeUndefined();
    },
  );
});
