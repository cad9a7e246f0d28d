import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAlternating, judgeSingle } from '../../../../functions/secrets/postgresql/judge-adoption.ts';

const passed = (findings: ReadonlyArray<{ readonly passed: boolean }>) =>
  findings.every((finding) => finding.passed);

describe('adoption', () => {
  it('of one of two users is proved by its sessions, and by none of the other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('app', 'app_b', 'somebody')),
        fc.nat({ max: 2 }),
        (users, consumers) => {
          const sessions = users.map((user) => ({ user }));
          const findings = judgeAlternating(sessions, { current: 'app_b', old: 'app' }, consumers);
          expect(passed(findings)).toBe(
            !users.includes('app') && (consumers === 0 || users.includes('app_b')),
          );
        },
      ),
    );
  });

  it('of a new password is proved by sessions that began after it, and by none that may be older', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(true, false, null)), fc.nat({ max: 2 }), (ages, consumers) => {
        const sessions = ages.map((before) => ({ before }));
        const findings = judgeSingle(sessions, 'app', consumers);
        expect(passed(findings)).toBe(
          ages.every((before) => before === false) && (consumers === 0 || ages.length > 0),
        );
      }),
    );
  });

  it('says what was seen', () => {
    const findings = judgeAlternating([{ user: 'app' }], { current: 'app_b', old: 'app' }, 1);
    expect(findings.map(({ measured }) => measured)).toEqual([
      '0 sessions of app_b, at least one expected',
      'one session of app, none expected',
    ]);
  });
});
