import { describe, expect, it } from 'vitest';
import { decideGate } from '../../../functions/gate/decide-gate.ts';
import { gateWords } from '../../../functions/gate/gate-words.ts';
import { gateRemedy } from '../../../functions/gate/remedies.ts';
import type { Verdict } from '../../../schemas/finding.ts';

const AT = new Date('2026-11-21T03:00:00Z');
const words = (found: Record<string, Verdict>, override?: string, firm: readonly string[] = []) => {
  const names = Object.keys(found);
  const decision = decideGate(
    'service/api',
    {
      requires: names.map((check) => ({
        check,
        maxAgeSeconds: 3600,
        mayBeUnknown: false,
        evenInEmergency: firm.includes(check),
      })),
    },
    names.map((check) => ({
      check,
      verdict: found[check] ?? 'unknown',
      observed: 'seen',
      expected: 'well',
      at: AT.toISOString(),
    })),
    override,
    AT,
    (check) => gateRemedy(check, { name: 'api' }),
  );
  return { ...gateWords(decision, override !== undefined), checks: decision.checks };
};

describe('the words of a gate', () => {
  it('say that it is open, and no more', () => {
    expect(words({ tests: 'pass', 'error-budget': 'pass' })).toMatchObject({
      title: 'The gate of api is open',
      fine: 'Yes: all 2 checks passed.',
    });
    expect(words({ tests: 'pass', 'error-budget': 'warn' }).title).toBe(
      'The gate of api is open, with 1 warning',
    );
  });

  it('say how much keeps it closed, and what stands beside each check to be done', () => {
    const { title, next, checks } = words({ tests: 'fail', 'rollback-ready': 'unknown', late: 'pass' });
    expect(title).toBe('The gate of api is closed: 1 of 3 checks failed, 1 has no result');
    expect(next).toContain('`nightshift run release-gate --service api --reason "…"`');
    expect(checks.map((check) => check.next)).toEqual([
      'Make it pass, and report it: `nightshift gate report api tests --passed`',
      '`nightshift run rollback-readiness --service api` says what to do.',
      undefined,
    ]);
  });

  it('offer no emergency where it would be of no use', () => {
    const firm = words({ tests: 'fail', other: 'fail' }, undefined, ['tests']);
    expect(firm.next).toContain('Not even an emergency passes over tests.');
    expect(firm.next).not.toContain('--reason');
    expect(words({ tests: 'fail' }, 'the site is down', ['tests']).next).not.toContain('--reason');
  });

  it('do not call well what was passed over', () => {
    const { title, fine } = words({ tests: 'fail', other: 'unknown', late: 'pass' }, 'the site is down');
    expect(title).toBe('The gate of api is open for an emergency; 2 checks were passed over');
    expect(fine).toBe(
      'Not all is well: tests, other had not passed. The reason that was given: the site is down.',
    );
  });
});
