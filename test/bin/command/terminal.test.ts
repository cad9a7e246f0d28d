import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StepProgress } from '../../../bin/command/progress.ts';
import { Terminal } from '../../../bin/command/terminal.ts';
import { aPlan, aRecord } from './a-record.ts';

const ESCAPE = '\u001b';
const open: StepProgress = { phase: 'open', step: 'open-run', state: 'done', seconds: 2 };
const planning: StepProgress = { phase: 'plan', step: 'plan-rollback', state: 'running', seconds: 1 };
const planned: StepProgress = { ...planning, state: 'done', seconds: 3 };

function opened(isTTY: boolean) {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  return {
    terminal: new Terminal(stream as unknown as NodeJS.WriteStream),
    /** What was written since the last call. */
    written: () => String(stream.read() ?? ''),
  };
}

afterEach(() => vi.unstubAllEnvs());

describe('a terminal that is a pipe', () => {
  const everything = aRecord({
    outcome: 'failed',
    acted: true,
    plan: aPlan(),
    checks: [{ name: 'readiness', passed: false, measured: '0 of 3', at: '2026-11-21T03:00:00Z' }],
    error: { name: 'VerificationFailed', message: 'It is not well.' },
  });

  it('gets no escape codes, whatever is shown', () => {
    const { terminal, written } = opened(false);
    terminal.line(terminal.style('api', 'bold', 'red'));
    terminal.progress([open, planning]);
    terminal.progress([open, planned]);
    terminal.outcome(everything);
    const text = written();
    expect(text).toContain('plan-rollback');
    expect(text).toContain('It is not well.');
    expect(text).not.toContain(ESCAPE);
  });

  it('gets each step once, when it has ended', () => {
    const { terminal, written } = opened(false);
    terminal.progress([open, planning]);
    terminal.progress([open, planning]);
    expect(written().match(/open-run|plan-rollback/g)).toEqual(['open-run']);
    terminal.progress([open, planned]);
    expect(written().match(/open-run|plan-rollback/g)).toEqual(['plan-rollback']);
  });

  it('gets the steps of the next run from its first one', () => {
    const { terminal, written } = opened(false);
    terminal.progress([open]);
    written();
    terminal.newProgress();
    terminal.progress([open]);
    expect(written()).toContain('open-run');
  });

  it('gets whole lines only', () => {
    const { terminal, written } = opened(false);
    terminal.progress([open, planned]);
    expect(written()).toMatch(/^ {4}✓ open {4}open-run +2\.0 s\n {4}✓ plan {4}plan-rollback +3\.0 s\n$/);
  });

  it('marks a step that failed', () => {
    const { terminal, written } = opened(false);
    terminal.progress([{ ...planned, state: 'failed' }]);
    expect(written()).toContain('✗ plan');
  });
});

describe('a terminal with a person before it', () => {
  it('gets colours', () => {
    vi.stubEnv('NO_COLOR', undefined);
    expect(opened(true).terminal.style('failed', 'red')).toBe(`${ESCAPE}[31mfailed${ESCAPE}[0m`);
  });

  it('gets none where NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', '1');
    expect(opened(true).terminal.style('failed', 'red')).toBe('failed');
  });

  it('sees the progress redrawn in its place', () => {
    const { terminal, written } = opened(true);
    terminal.progress([open, planning]);
    expect(written()).not.toContain(`${ESCAPE}[2A`);
    terminal.progress([open, planned]);
    expect(written()).toContain(`${ESCAPE}[2A${ESCAPE}[0J`);
  });

  it('keeps what was told in between', () => {
    const { terminal, written } = opened(true);
    terminal.progress([open]);
    terminal.line('the alarm is red');
    written();
    terminal.progress([open]);
    expect(written()).not.toContain(`${ESCAPE}[1A`);
  });
});

describe('the outcome of a run', () => {
  const told = (change: Parameters<typeof aRecord>[0]) => {
    const { terminal, written } = opened(false);
    terminal.outcome(aRecord(change));
    return written();
  };

  it.each(['verified', 'planned', 'joined'] as const)('is good when %s', (outcome) => {
    expect(told({ outcome })).toMatch(
      new RegExp(`^✓ ${outcome}  roll-back-service on service/api  4651faab-`),
    );
  });

  it.each(['refused', 'undone', 'failed'] as const)('is not good when %s', (outcome) => {
    expect(told({ outcome })).toMatch(new RegExp(`^✗ ${outcome}  `));
  });

  it('is neither while the run is going on, and says where it is', () => {
    expect(told({ phase: 'act' })).toMatch(/^… still going on, in its phase act {2}roll-back-service/);
  });

  it('says what a plan would do', () => {
    const text = told({ outcome: 'planned', plan: aPlan() });
    expect(text).toContain('  Would: Update api to api:1 (ecs:UpdateService)\n');
    expect(text).toContain('  ! The database is ahead.\n');
  });

  const at = '2026-11-21T03:00:00Z';
  const verdict = { title: 'api is NOT ready', fine: 'No: one failed.', next: 'Run the drill.' };

  it('names each problem in a line of its own, the gravest last, where it is looked for', () => {
    const text = told({
      outcome: 'refused',
      verdict,
      checks: [
        { name: 'drill', passed: false, verdict: 'fail', measured: 'none', next: '`nightshift run x`', at },
        { name: 'image', passed: false, verdict: 'unknown', measured: 'no answer', at },
        { name: 'lock', passed: true, verdict: 'pass', measured: 'free', at },
        { name: 'switch', passed: true, verdict: 'warn', measured: 'off', expected: 'must be on', at },
      ],
      error: { name: 'Refused', message: 'drill: none; image: no answer' },
    });
    expect(text.split('\n').slice(1, -1)).toEqual([
      '  api is NOT ready',
      '  ✓ lock: free',
      '  ⚠ switch: off (must be on)',
      '  ? image: no answer',
      '  ✗ drill: none',
      '      to do: `nightshift run x`',
      '  No: one failed.',
      '  What you need to do: Run the drill.',
    ]);
  });

  it('is a warning where one of its checks is', () => {
    const checks = [{ name: 'switch', passed: true, verdict: 'warn' as const, measured: 'off', at }];
    expect(told({ outcome: 'verified', checks })).toMatch(/^⚠ verified {2}/);
  });

  it('prints the sections of a run that has any', () => {
    const sections = [{ title: 'Broken', table: { columns: ['target'], rows: [['service/api']] } }];
    expect(told({ outcome: 'failed', verdict, sections })).toContain(
      '\n  Broken:\n    target\n    service/api\n',
    );
  });

  it('says what was done', () => {
    expect(told({ outcome: 'verified', acted: true, plan: aPlan() })).toContain('  Did: Update api to api:1');
  });

  const approval = {
    planHash: '0123456789abcdef0123',
    requestedAt: '2026-11-21T03:00:00Z',
    expiresAt: '2026-11-21T04:00:00Z',
  };

  it('says how to approve what waits, bound to this plan', () => {
    expect(told({ phase: 'approve', approval })).toContain(
      'Waits for approval until 2026-11-21T04:00:00Z: nightshift approve 4651faab-1258-42f9-a754-03a39f769e8f --plan 0123456789ab\n',
    );
  });

  it.each([
    ['answered', { approval: { ...approval, decision: 'rejected', by: 'kim' } }],
    ['over', { approval, closedAt: '2026-11-21T04:00:01Z' }],
  ] as const)('asks for no approval once the wait is %s', (_, change) => {
    expect(told(change)).not.toContain('Waits for approval');
  });
});
