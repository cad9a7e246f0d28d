import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideOutcome, type Evidence, needsPage } from '../../../functions/run/decide-outcome.ts';

const check = (passed: boolean) => ({ name: 'readiness', passed, measured: 'x', at: '2026-11-21T00:00:00Z' });
const base: Evidence = {
  joined: false,
  dryRun: false,
  acted: false,
  hasPlan: false,
  undone: false,
  checks: [],
  verified: false,
};

describe('decideOutcome', () => {
  it.each<[string, Partial<Evidence>, string, string]>([
    ['verified', { acted: true, verified: true, checks: [check(true), check(true)] }, 'verified', ''],
    [
      'a failed check',
      { acted: true, verified: true, checks: [check(true), check(false)] },
      'failed',
      'VerificationFailed',
    ],
    ['no evidence at all', { acted: true }, 'failed', 'VerificationFailed'],
    ['a dry run', { dryRun: true, hasPlan: true }, 'planned', ''],
    ['a joined trigger', { joined: true }, 'joined', ''],
    ['a guard that said no', { failure: { name: 'Refused', message: 'frozen' } }, 'refused', 'Refused'],
    ['bad input', { failure: { name: 'InvalidInput', message: 'no' } }, 'refused', 'InvalidInput'],
    [
      'a precondition that broke after a write',
      { acted: true, failure: { name: 'PreconditionFailed', message: 'lock lost' } },
      'failed',
      'PreconditionFailed',
    ],
    [
      'a permission that lacks',
      { failure: { name: 'NeedsHuman', message: 'denied' } },
      'failed',
      'NeedsHuman',
    ],
    [
      'an undo',
      { acted: true, undone: true, failure: { name: 'VerificationFailed', message: 'bad' } },
      'undone',
      'VerificationFailed',
    ],
    [
      'an undo that found nothing to undo',
      { undone: true, failure: { name: 'Refused', message: 'the switch is off' } },
      'refused',
      'Refused',
    ],
    [
      'good evidence with a failure afterwards',
      {
        acted: true,
        verified: true,
        checks: [check(true)],
        afterwardsFailure: { name: 'Transient', message: 'x' },
      },
      'failed',
      'Transient',
    ],
    [
      'an undo with a failure afterwards',
      {
        acted: true,
        undone: true,
        failure: { name: 'NeedsHuman', message: 'bad' },
        afterwardsFailure: { name: 'Transient', message: 'x' },
      },
      'undone',
      'NeedsHuman',
    ],
  ])('decides %s', (_, evidence, outcome, error) => {
    expect(decideOutcome({ ...base, ...evidence })).toMatchObject({ outcome, error });
  });

  const undoFailure = { name: 'Transient', message: 'It is still being renamed.' };
  it.each<[string, Partial<Evidence>, string]>([
    [
      'It broke. Going back did not succeed either: It is still being renamed.',
      { acted: true, undone: true, failure: { name: 'NeedsHuman', message: 'It broke.' } },
      'NeedsHuman',
    ],
    [
      'The change was made, and it is not good: rows: 3. Nightshift does not try again; a person is needed. Going back did not succeed either: It is still being renamed.',
      { acted: true, verified: true, checks: [{ ...check(false), name: 'rows', measured: '3' }] },
      'VerificationFailed',
    ],
  ])('says why, and why it was not undone: %s', (cause, evidence, error) => {
    expect(decideOutcome({ ...base, ...evidence, undoFailure })).toEqual({ outcome: 'failed', error, cause });
  });

  const afterwardsFailure = { name: 'Transient', message: 'The scratch instance is still there.' };
  it.each<[string, Partial<Evidence>, string]>([
    [
      'Done and verified, but a step that comes afterwards failed: The scratch instance is still there.',
      { acted: true, verified: true, checks: [check(true)] },
      '',
    ],
    [
      'It is as it must be, but a step that comes afterwards failed: The scratch instance is still there.',
      { verified: true, checks: [check(true)] },
      '',
    ],
    [
      'It broke. Then a step that comes afterwards failed: The scratch instance is still there.',
      { acted: true, failure: { name: 'NeedsHuman', message: 'It broke.' } },
      'It broke.',
    ],
  ])('says: %s', (cause, evidence, otherwise) => {
    expect(decideOutcome({ ...base, ...evidence, afterwardsFailure }).cause).toBe(cause);
    if (otherwise) expect(decideOutcome({ ...base, ...evidence }).cause).toBe(otherwise);
  });

  const verdict = (name: string, said: 'pass' | 'warn' | 'fail' | 'unknown') => ({
    ...check(said === 'pass' || said === 'warn'),
    name,
    verdict: said,
  });
  it.each<[string, readonly ReturnType<typeof verdict>[]]>([
    ['All 2 checks passed.', [verdict('a', 'pass'), verdict('b', 'pass')]],
    ['All 2 checks let pass, with 1 warning (b).', [verdict('a', 'pass'), verdict('b', 'warn')]],
    [
      'It is not as it must be: a: x; b is not known: x. Nothing was changed.',
      [verdict('b', 'unknown'), verdict('a', 'fail'), verdict('c', 'warn')],
    ],
  ])('says of what was only looked at: %s', (cause, checks) => {
    const verified = checks.every(({ passed }) => passed);
    expect(decideOutcome({ ...base, checks, verified }).cause).toBe(cause);
  });

  it('names what is too much to be told in a sentence', () => {
    const checks = Array.from({ length: 20 }, (_, index) => ({
      ...verdict(`check-${index}`, 'fail'),
      measured: 'y'.repeat(50),
    }));
    expect(decideOutcome({ ...base, checks }).cause).toMatch(
      /^It is not as it must be: 20 of 20 checks failed \(check-0, .*, check-11 and 8 more\)\. Nothing was changed\.$/,
    );
  });

  it('never says verified without evidence that passed, all of it', () => {
    fc.assert(
      fc.property(
        fc.record({
          joined: fc.boolean(),
          dryRun: fc.boolean(),
          acted: fc.boolean(),
          hasPlan: fc.boolean(),
          undone: fc.boolean(),
          verified: fc.boolean(),
          checks: fc.array(fc.boolean().map(check)),
        }),
        fc.option(fc.constantFrom('Refused', 'NeedsHuman'), { nil: undefined }),
        fc.boolean(),
        (evidence, failure, leftUndone) => {
          const { outcome, error } = decideOutcome({
            ...evidence,
            ...(failure ? { failure: { name: failure, message: '' } } : {}),
            ...(leftUndone ? { afterwardsFailure } : {}),
          });
          if (leftUndone) expect(error).not.toBe('');
          if (outcome === 'undone') expect(evidence.acted).toBe(true);
          if (outcome === 'verified')
            expect(
              evidence.checks.length > 0 &&
                evidence.checks.every(({ passed }) => passed) &&
                failure === undefined,
            ).toBe(true);
          if (outcome === 'refused') expect(evidence.acted).toBe(false);
        },
      ),
    );
  });

  const run = { triggerKind: 'alarm', quiet: false, dryRun: false, acted: false };
  it.each([
    ['verified', '', { acted: true }, false],
    ['joined', '', {}, false],
    ['refused', 'Refused', {}, true],
    ['refused', 'Refused', { quiet: true }, false],
    ['planned', '', { dryRun: true }, true],
    ['planned', '', { dryRun: true, triggerKind: 'person' }, false],
    ['refused', 'Refused', { dryRun: true, triggerKind: 'schedule' }, false],
    ['refused', 'Refused', { triggerKind: 'person' }, false],
    ['refused', 'Refused', { triggerKind: 'schedule' }, true],
    ['refused', 'InvalidInput', { triggerKind: 'person' }, false],
    ['failed', 'VerificationFailed', { triggerKind: 'person', acted: true }, true],
  ] as const)('pages for %s/%s of %j: %s', (outcome, error, ofRun, expected) => {
    expect(needsPage({ outcome, error, cause: '' }, { ...run, ...ofRun })).toBe(expected);
  });
});
