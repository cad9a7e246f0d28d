import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLeftover } from '../../../functions/rds/judge-leftover.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const leftover = {
  [OWNER_TAG]: 'nightshift',
  [Tag.purpose]: 'drill',
  [Tag.run]: 'run-1',
  [Tag.expiresAt]: '2026-11-21T11:59:59Z',
};
const judge = (change: Record<string, string | undefined> = {}, status = 'available') => {
  const tags = Object.fromEntries(
    Object.entries({ ...leftover, ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  return judgeLeftover({ tags, status }, 'nightshift', NOW);
};

describe('a leftover', () => {
  it('goes once its time is over', () => {
    expect(judge()).toEqual({ remove: true, run: 'run-1' });
    expect(judge({ [Tag.purpose]: 'restore' })).toEqual({ remove: true, run: 'run-1' });
  });

  it.each([
    ['of another deployment', { [OWNER_TAG]: 'other' }],
    ['of nobody', { [OWNER_TAG]: undefined }],
    ['made for something else', { [Tag.purpose]: 'snapshot' }],
    ['without a purpose', { [Tag.purpose]: undefined }],
    ['in the middle of a swap', { [Tag.swap]: 'run-1' }],
    ['of no run', { [Tag.run]: undefined }],
    ['whose time has not come', { [Tag.expiresAt]: '2026-11-21T12:00:01Z' }],
    ['that was handed over', { [Tag.expiresAt]: undefined }],
    ['whose time cannot be read', { [Tag.expiresAt]: 'soon' }],
  ])('stays if it is one %s', (_, change) => {
    expect(judge(change)).toMatchObject({ remove: false });
  });

  it('is not deleted twice', () => {
    expect(judge({}, 'deleting')).toMatchObject({ remove: false });
  });

  it('is never anything without all of our tags', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(fc.constantFrom(OWNER_TAG, ...Object.values(Tag)), fc.string()),
          fc.oneof(fc.constantFrom('nightshift', 'drill', 'restore', '2020-01-01T00:00:00Z'), fc.string()),
        ),
        (tags) => {
          const verdict = judgeLeftover({ tags, status: 'available' }, 'nightshift', NOW);
          if (!verdict.remove) return;
          expect(tags[OWNER_TAG]).toBe('nightshift');
          expect(['drill', 'restore']).toContain(tags[Tag.purpose]);
          expect(Date.parse(tags[Tag.expiresAt] ?? '')).toBeLessThanOrEqual(NOW.getTime());
          expect(tags).not.toHaveProperty([Tag.swap]);
        },
      ),
    );
  });
});
