import { describe, expect, it } from 'vitest';
import { recoveryWords, restoreWords } from '../../../functions/rds/restore-words.ts';

const names = {
  original: { identifier: 'shop', resourceId: 'db-1' },
  restored: { identifier: 'shop-restored-1', resourceId: null },
  aside: 'shop-before-1',
};

describe('what the report says when a restore went well', () => {
  it.each([
    ['beside', { swaps: false, undoes: false }, 'beside shop', 'shop-restored-1'],
    ['by swap', { swaps: true, undoes: false }, 'taken the place of the original', 'shop-before-1'],
    ['of a swap that was undone', { swaps: false, undoes: true }, 'has its name again', 'shop-restored-1'],
  ])('%s names the instance that costs money until somebody deletes it', (_, course, verified, left) => {
    const words = restoreWords('main', 'shop', { ...course, names });
    expect(words.verified).toContain(verified);
    expect(words.next).toContain(left);
    expect(words.next).toContain('delete it');
  });

  it('of a recovery tells of the original only where there is one aside', () => {
    expect(recoveryWords('main', 'shop-before-1').next).toContain('kept as shop-before-1');
    expect(recoveryWords('main', null).next).not.toContain('kept as');
    expect(recoveryWords('main', null).verified).toContain('taken back');
  });
});
