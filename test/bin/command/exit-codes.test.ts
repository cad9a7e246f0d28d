import { describe, expect, it } from 'vitest';
import { CommandError, exitCodeOf } from '../../../bin/command/exit-codes.ts';
import { Outcome } from '../../../schemas/run.ts';

const error = (name: string) => ({ name, message: 'no' });

describe('exitCodeOf', () => {
  it.each<[string, Parameters<typeof exitCodeOf>[0], number]>([
    ['verified', { outcome: 'verified', acted: true }, 0],
    ['planned', { outcome: 'planned', acted: false }, 0],
    ['joined', { outcome: 'joined', acted: false }, 0],
    ['refused by a guard', { outcome: 'refused', acted: false, error: error('Refused') }, 3],
    [
      'refused by a precondition',
      { outcome: 'refused', acted: false, error: error('PreconditionFailed') },
      3,
    ],
    ['refused without a reason', { outcome: 'refused', acted: false }, 3],
    ['refused for its input', { outcome: 'refused', acted: false, error: error('InvalidInput') }, 2],
    ['undone', { outcome: 'undone', acted: true, error: error('VerificationFailed') }, 4],
    ['failed after it acted', { outcome: 'failed', acted: true, error: error('VerificationFailed') }, 4],
    ['failed before it acted', { outcome: 'failed', acted: false, error: error('NeedsHuman') }, 1],
    ['without an outcome, after it acted', { acted: true }, 4],
    ['without an outcome, before it acted', { acted: false }, 1],
  ])('of a run that ended %s', (_, record, code) => {
    expect(exitCodeOf(record)).toBe(code);
  });

  it('is 0 for no outcome but those that need nobody', () => {
    const silent = Outcome.options.filter((outcome) => exitCodeOf({ outcome, acted: true }) === 0);
    expect(silent.toSorted()).toEqual(['joined', 'planned', 'verified']);
  });
});

describe('CommandError', () => {
  it('means bad input unless it says otherwise', () => {
    expect(new CommandError('no').exitCode).toBe(2);
    expect(new CommandError('no', 1).exitCode).toBe(1);
  });
});
