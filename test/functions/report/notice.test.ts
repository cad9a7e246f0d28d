import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderNotice } from '../../../functions/report/notice.ts';
import { aPlan, aRecord, at, SECRETS } from './a-run.ts';

describe('the notice', () => {
  it.each([
    ['verified', 'Fixed: roll-back-service on service/api', /^Release 42 fails;/],
    ['refused', 'REFUSED: roll-back-service on service/api', /^It is frozen\./],
    ['failed', 'FAILED: roll-back-service on service/api', /^It is frozen\./],
  ] as const)('of a run that is %s says so, and why', (outcome, subject, message) => {
    const record = aRecord({ outcome, plan: aPlan, error: { name: 'Refused', message: 'It is frozen.' } });
    expect(renderNotice(record)).toMatchObject({ subject, message: expect.stringMatching(message) });
  });

  it('of a run of which nothing is known names the run', () => {
    const { outcome: _, ...record } = aRecord();
    expect(renderNotice(record)).toEqual({
      subject: 'FAILED: roll-back-service on service/api',
      message: 'Run run-1\nReport',
    });
  });

  it('has a subject that SNS takes, whatever was typed for a service', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (typed) => {
        const { subject } = renderNotice(aRecord({ target: `service/${typed}\n` }));
        expect(subject).toMatch(/^[ -~]{1,99}$/);
      }),
    );
  });

  it.each(SECRETS)('does not show the secret in: %s', (text, secret) => {
    const checks = [{ name: 'readiness', passed: false, measured: text, at: at('03:04:00') }];
    const { message } = renderNotice(aRecord({ checks, error: { name: 'NeedsHuman', message: text } }));
    expect(message).toContain('***');
    expect(message).not.toContain(secret);
  });
});
