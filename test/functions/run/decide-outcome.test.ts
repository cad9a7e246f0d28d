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
  ])('decides %s', (_, evidence, outcome, error) => {
    expect(decideOutcome({ ...base, ...evidence })).toMatchObject({ outcome, error });
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
        (evidence, failure) => {
          const { outcome } = decideOutcome({
            ...evidence,
            ...(failure ? { failure: { name: failure, message: '' } } : {}),
          });
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
