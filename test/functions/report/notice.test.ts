import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderNotice } from '../../../functions/report/notice.ts';
import { aCheck, aLook, aPlan, aRecord, at, SECRETS, VERDICT } from './a-run.ts';

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

  it('of a run that only looked does not say that it mended anything', () => {
    expect(renderNotice(aRecord({ outcome: 'verified', plan: aLook })).subject).toBe(
      'OK: roll-back-service on service/api',
    );
  });

  it.each([
    ['verified', {}, '2 of 14 are broken: api, main'],
    ['refused', {}, 'REFUSED: 2 of 14 are broken: api, main'],
    ['failed', { checks: [aCheck('a', 'fail')] }, 'NOT OK: 2 of 14 are broken: api, main'],
    [
      'failed',
      { checks: [aCheck('a', 'fail')], target: 'fleet/all' },
      'BROKEN: 2 of 14 are broken: api, main',
    ],
    ['failed', { checks: [aCheck('a', 'unknown')] }, 'NOT KNOWN: 2 of 14 are broken: api, main'],
    [
      'failed',
      { error: { name: 'States.Timeout', message: 'late' } },
      'FAILED: 2 of 14 are broken: api, main',
    ],
  ] as const)('of a run that is %s takes the words of the runbook: %j', (outcome, change, subject) => {
    const { checks = [], ...more } = { ...change } as Parameters<typeof aRecord>[0] & object;
    const notice = renderNotice(aRecord({ plan: aLook, outcome, verdict: VERDICT, checks, ...more }));
    expect(notice.subject).toBe(subject);
    expect(notice.message).toContain(
      '2 of 14 are broken: api, main\n\nNo: api and main are broken.\nWhat you need to do: Look at api first.\n',
    );
  });

  it('names what is not well in full, with what to do, and the rest in a line', () => {
    const checks = [
      aCheck('a', 'pass'),
      aCheck('b', 'warn'),
      aCheck('c', 'fail', { expected: 'must be there', next: 'Put it there.' }),
      aCheck('d', 'unknown', { expected: 'a thing' }),
      aCheck('e', 'pass'),
    ];
    const { message } = renderNotice(aRecord({ plan: aLook, outcome: 'failed', checks }));
    expect(message).toContain(
      [
        '✗ c: c was seen (must be there)',
        '    to do: Put it there.',
        '? d: d was seen (expected: a thing)',
        '⚠ b: b was seen',
        '✓ in order: a, e',
      ].join('\n'),
    );
  });

  it('tells sections line by line, instead of checks', () => {
    const sections = [
      {
        title: 'Broken',
        lines: ['40 services fail the same way: a, b and 38 more'],
        table: { columns: ['', 'target', 'found'], rows: [['✗', 'service/api', 'no answer']] },
      },
    ];
    const { message } = renderNotice(aRecord({ verdict: VERDICT, sections, checks: [aCheck('x', 'pass')] }));
    expect(message).toContain(
      'Broken:\n- 40 services fail the same way: a, b and 38 more\n  target | found\n  ✗ | service/api | no answer\n',
    );
    expect(message).not.toContain('x was seen');
  });

  it('fits on a screen, and into what SNS takes, however much was found', () => {
    const rows = Array.from({ length: 500 }, (_, index) => [`service/${index}`, 'é'.repeat(5000)]);
    const sections = [{ title: 'All', table: { columns: ['target', 'found'], rows } }];
    const { message } = renderNotice(aRecord({ verdict: VERDICT, sections }));
    expect(message.split('\n').length).toBeLessThan(75);
    expect(message).toContain('… 443 more lines are in the report.');
    expect(Buffer.byteLength(message)).toBeLessThan(262_144);
  });

  it('has a subject that SNS takes, whatever was typed for a service', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (typed) => {
        const { subject } = renderNotice(aRecord({ target: `service/${typed}\n` }));
        expect(subject).toMatch(/^[ -~]{1,99}$/);
        const own = renderNotice(aRecord({ verdict: { ...VERDICT, title: `${typed}\n` } }));
        expect(own.subject).toMatch(/^[ -~]{1,99}$/);
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
