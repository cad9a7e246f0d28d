import { describe, expect, it } from 'vitest';
import { type Described, judgeToken } from '../../../../functions/secrets/keeper/judge-token.ts';

const described = (labels: Described['labels'], rotationEnabled = true) => ({ rotationEnabled, labels });

describe('a token', () => {
  it.each([
    [
      'of a secret that is not rotated',
      described({ t: ['AWSPENDING'], c: ['AWSCURRENT'] }, false),
      'not enabled',
    ],
    ['that is no version', described({ c: ['AWSCURRENT'] }), 'no version'],
    ['whose name every object has', described({ c: ['AWSCURRENT'] }), 'no version', 'constructor'],
    ['that is staged for nothing', described({ t: ['MINE'], c: ['AWSCURRENT'] }), 'not staged'],
    ['that was before', described({ t: ['AWSPREVIOUS'], c: ['AWSCURRENT'] }), 'not staged'],
    [
      'of a secret without a current version',
      described({ t: ['AWSPENDING'] }),
      'no version of it is current',
    ],
  ])('%s is refused', (_what, secret, why, token = 't') => {
    expect(judgeToken(secret, token)).toEqual({
      go: false,
      finished: false,
      why: expect.stringContaining(why),
    });
  });

  it.each([[['AWSCURRENT']], [['AWSPENDING', 'AWSCURRENT']]])(
    'that is current (%j) has nothing to do',
    (own) => {
      expect(judgeToken(described({ t: own, c: ['AWSPREVIOUS'] }), 't')).toEqual({
        go: false,
        finished: true,
      });
    },
  );

  it('that is pending goes on, beside what is current', () => {
    expect(judgeToken(described({ t: ['AWSPENDING'], c: ['AWSCURRENT'] }), 't')).toEqual({
      go: true,
      current: 'c',
    });
  });
});
