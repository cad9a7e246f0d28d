import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideGate } from '../../../functions/gate/decide-gate.ts';
import { LARGEST_REPORT } from '../../../functions/health/gather.ts';
import type { Finding, Verdict } from '../../../schemas/finding.ts';
import type { GateRequirement } from '../../../schemas/gate.ts';
import { GateDecision } from '../../../schemas/gate-decision.ts';

const AT = new Date('2026-11-21T03:00:00Z');
const requires = (check: string, change: Partial<GateRequirement> = {}): GateRequirement => ({
  check,
  maxAgeSeconds: 3600,
  mayBeUnknown: false,
  evenInEmergency: false,
  ...change,
});
const found = (check: string, verdict: Verdict, observed = 'seen'): Finding => ({
  check,
  verdict,
  observed,
  expected: 'well',
  at: AT.toISOString(),
});
const decide = (requirements: GateRequirement[], findings: Finding[], override?: string) =>
  decideGate('service/api', { requires: requirements }, findings, override, AT);

const verdict = fc.constantFrom<Verdict>('pass', 'warn', 'unknown', 'fail');
const cases = fc.uniqueArray(
  fc.record({
    check: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    verdict: fc.option(verdict, { nil: undefined }),
    mayBeUnknown: fc.boolean(),
    evenInEmergency: fc.boolean(),
  }),
  { selector: ({ check }) => check, minLength: 1 },
);
type Case = typeof cases extends fc.Arbitrary<infer Some> ? Some : never;
const split = (some: Case) => ({
  requirements: some.map(({ verdict: _verdict, ...one }) => requires(one.check, one)),
  findings: some.flatMap((one) => (one.verdict === undefined ? [] : [found(one.check, one.verdict)])),
});
const stops = ({ verdict: one = 'unknown', mayBeUnknown }: Case[number]) =>
  one === 'fail' || (one === 'unknown' && !mayBeUnknown);

describe('a gate', () => {
  it('is open only where nothing failed and nothing unknown is not accepted', () => {
    fc.assert(
      fc.property(cases, (some) => {
        const { requirements, findings } = split(some);
        const decision = decide(requirements, findings);
        expect(decision.open).toBe(!some.some(stops));
        expect(decision.passed).toBe(decision.open);
        expect(decision.checks.filter(({ passed }) => !passed)).toHaveLength(some.filter(stops).length);
        expect(decision.reasons).toHaveLength(some.filter(stops).length);
        expect(decision.override).toBeUndefined();
        expect(GateDecision.parse(JSON.parse(JSON.stringify(decision)))).toEqual(decision);
      }),
    );
  });

  it('lets an emergency pass over all but what holds even then, and says over what', () => {
    fc.assert(
      fc.property(cases, (some) => {
        const { requirements, findings } = split(some);
        const decision = decide(requirements, findings, 'the site is down');
        const stopping = some.filter(stops);
        expect(decision.open).toBe(!stopping.some(({ evenInEmergency }) => evenInEmergency));
        expect(decision.override).toEqual(
          decision.open && stopping.length > 0
            ? { reason: 'the site is down', checks: stopping.map(({ check }) => check) }
            : undefined,
        );
        // Evidence that something was passed over is a warning, and lets pass.
        const passedOver = decision.checks.filter(({ measured }) => measured.startsWith('passed over'));
        expect(passedOver.map(({ name }) => name)).toEqual(decision.override?.checks ?? []);
        expect(passedOver.every(({ passed, verdict: told }) => passed && told === 'warn')).toBe(true);
        expect(decision.firm).toEqual(
          stopping.filter(({ evenInEmergency }) => evenInEmergency).map(({ check }) => check),
        );
      }),
    );
  });

  it('is closed where nothing is required: nothing is known then', () => {
    expect(decide([], [])).toMatchObject({ open: false, verdict: 'unknown' });
    expect(decide([], [], 'the site is down').open).toBe(false);
  });

  it('tells each reason in a sentence', () => {
    const requirements = [
      requires('unit-tests'),
      requires('error-budget', { evenInEmergency: true }),
      requires('late'),
    ];
    const findings = [
      found('unit-tests', 'fail', 'failed 2 min ago'),
      found('error-budget', 'unknown', 'no data'),
    ];
    expect(decide(requirements, findings, 'the site is down').reasons).toEqual([
      'unit-tests: failed 2 min ago',
      'error-budget is not known: no data (not even an emergency passes this over)',
      'late is not known: it was not looked at',
    ]);
  });

  it('says why reports could not be read', () => {
    const { reasons } = decide(
      [requires('unit-tests')],
      [found('reports', 'unknown', 'AWS did not answer just now')],
    );
    expect(reasons).toEqual(['unit-tests is not known: AWS did not answer just now']);
  });

  it('does not count what nobody requires', () => {
    expect(decide([requires('a')], [found('a', 'pass'), found('b', 'fail')]).open).toBe(true);
  });

  it('stays small, however much is found', () => {
    const names = Array.from({ length: 20 }, (_, place) => `check-${place}`);
    const decision = decide(
      names.map((name) => requires(name)),
      names.map((name) => found(name, 'fail', 'x'.repeat(5000))),
    );
    const { checks: _checks, ...rest } = decision;
    expect(Buffer.byteLength(JSON.stringify({ ...rest, reasons: [] }))).toBeLessThan(LARGEST_REPORT + 128);
    expect(decision.reasons.every((reason) => reason.length <= 300)).toBe(true);
    expect(decision.reasons).toHaveLength(20);
  });
});
