import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReportInput, renderMarkdown } from '../../../functions/report/markdown.ts';
import type { AuditEntry } from '../../../schemas/run.ts';
import { aLog, aPlan, aRecord, at, SECRETS } from './a-run.ts';

const PAGE = 'https://example.com/runbooks/roll-back-service.md';
const render = (input: Partial<ReportInput> = {}) =>
  renderMarkdown({ record: aRecord(), entries: [], transitions: 0, page: PAGE, ...input });
const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
const check = (passed: boolean) => ({
  name: 'readiness',
  passed,
  measured: '200 in 12 ms',
  at: at('03:04:00'),
});

/** The cells of every row of every table, split as GitHub splits them. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => [...line.matchAll(/((?:\\.|[^\\|])*)\|/g)].slice(1).map(([, cell = '']) => cell));

describe('the report', () => {
  it.each([
    [
      'verified',
      true,
      '# service/api was bad and is healthy again',
      'Yes: 1 checks, all made after the change',
    ],
    ['planned', false, '# A plan for service/api; nothing was changed', 'Unknown: this was a plan only.'],
    ['refused', false, '# roll-back-service refused to touch service/api', 'whatever was wrong still is.'],
    ['undone', true, '# service/api: the change was undone', 'No: something was changed'],
    ['failed', true, '# service/api needs you', 'No: something was changed'],
    ['failed', false, '# service/api needs you', 'Nothing was changed by this run'],
    [undefined, false, '# service/api needs you', 'Nothing was changed by this run'],
  ] as const)('of a run that is %s (acted: %s) says so first', (outcome, acted, title, fineNow) => {
    const { outcome: _, ...open } = aRecord({ acted, plan: aPlan, checks: [check(true)] });
    const text = render({ record: outcome === undefined ? open : { ...open, outcome } });
    expect(text.split('\n')[0]).toBe(title);
    expect(text).toContain(
      `**Is it fine now?** ${fineNow.startsWith('whatever') ? 'Nothing was changed' : fineNow}`,
    );
    expect(text).toContain(fineNow);
  });

  it('of what was taken back, and looked at, says that all is as before, what is left to do, and why', () => {
    const words = {
      verified: 'rotated',
      next: 'Nothing.',
      changes: '',
      undone: 'Nothing tonight: mend the API.',
    };
    const text = render({
      record: aRecord({
        outcome: 'undone',
        acted: true,
        plan: { ...aPlan, words },
        error: { name: 'VerificationFailed', message: 'No task starts.' },
      }),
    });
    expect(text).toContain('**Is it fine now?** Yes, as before');
    expect(text).toContain('**What you need to do.** Nothing tonight: mend the API.');
    expect(text).toContain('**Why it was taken back.** No task starts.');
  });

  it('of a run that ended before its plan leaves out what there is not', () => {
    expect(headings(render({ record: aRecord({ outcome: 'failed' }) }))).toEqual([
      '# service/api needs you',
      '## Timeline (UTC)',
      '## Figures',
      '## For the post-incident review',
    ]);
  });

  it('of a run that was opened, planned, done and checked has it all', () => {
    const opening = {
      decision: 'proceed' as const,
      needsApproval: false,
      alarms: [],
      recentChanges: [{ at: at('02:50:00'), what: 'release 42 was deployed' }],
    };
    const record = aRecord({ outcome: 'verified', acted: true, plan: aPlan, checks: [check(true)], opening });
    const text = render({ record });
    expect(headings(text)).toEqual([
      '# service/api was bad and is healthy again',
      '## Evidence, gathered after the change',
      '## What was done',
      '## Timeline (UTC)',
      '## What had changed lately',
      '## Figures',
      '## For the post-incident review',
    ]);
    expect(text).toContain(
      '- **Bring api back to release 41** (`ecs:UpdateService` on `main/api`), expected to take 2 min. To undo: deploy release 42 again',
    );
    expect(text).toContain('| `image` | api:42 | api:41 |');
    expect(text).toContain('> Release 41 has not seen the new price list.');
    expect(text).toContain('- 2026-11-21T02:50:00Z release 42 was deployed');
  });

  it('calls a plan that was not carried out what would be done', () => {
    expect(headings(render({ record: aRecord({ outcome: 'planned', plan: aPlan }) }))).toContain(
      '## What would be done',
    );
  });

  it('of a refused run says why, and where to read on', () => {
    const error = { name: 'Refused', message: 'The window "year end" is frozen. Nothing was changed.' };
    expect(render({ record: aRecord({ error }) })).toContain(
      `**What you need to do.** The window "year end" is frozen. Nothing was changed. See [the runbook's page](${PAGE}).`,
    );
  });

  it('of a run whose alarm had recovered does not say that something is still wrong', () => {
    const text = render({ record: aRecord({ quiet: true }) });
    expect(text).toContain('**Is it fine now?** As far as its alarm tells, yes.');
    expect(text).not.toContain('still is');
  });

  it('of a joined run leads to the run that is at work, and asks for nothing', () => {
    const opening = {
      decision: 'joined' as const,
      joinedRun: 'run-0',
      needsApproval: false,
      alarms: [],
      recentChanges: [],
    };
    const text = render({ record: aRecord({ outcome: 'joined', opening }) });
    expect(text).toContain('# service/api: this alarm joined a run that was already at work');
    expect(text).toContain('`run-0`');
    expect(text).toContain('**What you need to do.** Nothing here: read the report of that run.');
    expect(text).not.toContain('still is');
  });

  it.each([
    [0, false],
    [1, '1 further trigger for the same target joined this run.'],
    [2, '2 further triggers for the same target joined this run.'],
  ] as const)('counts %i who joined', (joined, sentence) => {
    const text = render({ record: aRecord({ joined }) });
    if (sentence) expect(text).toContain(sentence);
    else expect(text).not.toContain('joined this run');
  });

  it('tells a check that failed from one that passed', () => {
    const text = render({
      record: aRecord({ outcome: 'failed', acted: true, checks: [check(true), check(false)] }),
    });
    expect(rows(text).slice(2, 4)).toEqual([
      [' ✓ ', ' readiness ', ' 200 in 12 ms ', ' 03:04:00 '],
      [' **✗** ', ' readiness ', ' 200 in 12 ms ', ' 03:04:00 '],
    ]);
  });

  it('measures from the first sign, not from the start of the run', () => {
    const entries = aLog([
      { phase: 'act', kind: 'action', summary: 'did it', at: at('03:01:00') },
      { phase: 'verify', kind: 'check', summary: 'looked', at: at('03:04:00') },
    ]);
    const record = aRecord({ outcome: 'verified', acted: true, checks: [check(true)] });
    const text = render({ record, entries });
    expect(text).toContain('| first sign → run started | 5 s |');
    expect(text).toContain('| first sign → change made | 60 s |');
    expect(text).toContain('| first sign → verified (time to recover) | 4 min |');
    expect(text).toContain('| run, start to end | 4 min |');
  });

  it.each(['yesterday', '2999-01-01T00:00:00Z'])(
    'does not measure from a first sign that was typed as %s',
    (typed) => {
      const entries = aLog([{ phase: 'act', kind: 'action', summary: 'did it', at: at('03:01:05') }]);
      const text = render({ record: aRecord({}, { trigger: { kind: 'person', at: typed } }), entries });
      expect(text).toContain('| first sign → change made | 60 s |');
      expect(text).not.toContain('NaN');
    },
  );

  it('says that the audit log is whole, or where it is not', () => {
    const entries = aLog([
      { phase: 'open', kind: 'trigger', summary: 'started' },
      { phase: 'close', kind: 'outcome', summary: 'ended' },
    ]);
    expect(render({ entries })).toContain('2 entries, chain whole');
    const [first, second] = entries as [AuditEntry, AuditEntry];
    expect(render({ entries: [first, { ...second, summary: 'ended well' }] })).toContain(
      '2 entries, **chain broken at entry 2**',
    );
  });

  it('keeps its tables and headings whole whatever a text holds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '|', '\\', '\n', '\r', '#', ' ') });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const rendered = render({
          record: aRecord({
            outcome: 'failed',
            acted: true,
            target: `service/${one}`,
            checks: [{ ...check(true), name: one, measured: other }],
            plan: { ...aPlan, changes: [{ what: 'image', kind: 'image', from: one, to: other }] },
            error: { name: 'NeedsHuman', message: one },
          }),
          entries: aLog([{ phase: 'open', kind: 'trigger', summary: one }]),
        });
        expect(headings(rendered)).toHaveLength(6);
        expect(rows(rendered).map((row) => row.length)).toEqual([
          4,
          4,
          4,
          3,
          3,
          3,
          3,
          3,
          3,
          ...Array(7).fill(2),
        ]);
      }),
    );
  });

  it.each(SECRETS)('does not show the secret in: %s', (text, secret) => {
    const rendered = render({
      record: aRecord(
        {
          error: { name: 'NeedsHuman', message: text },
          checks: [{ ...check(false), measured: text }],
          opening: {
            decision: 'proceed',
            needsApproval: false,
            alarms: [],
            recentChanges: [{ at: at('02:50:00'), what: text }],
          },
        },
        { override: text },
      ),
      entries: aLog([{ phase: 'open', kind: 'trigger', summary: text }]),
    });
    expect(rendered.match(/\*\*\*/g)?.length).toBeGreaterThanOrEqual(5);
    expect(rendered).not.toContain(secret);
  });
});
