import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReportInput, renderMarkdown } from '../../../functions/report/markdown.ts';
import type { RunRecord } from '../../../schemas/run.ts';
import { aCheck, aLook, aPlan, aRecord, SECRETS, VERDICT } from './a-run.ts';

const PAGE = 'https://example.com/page.md';
const render = (record: Partial<RunRecord>, input: Partial<ReportInput> = {}) =>
  renderMarkdown({
    record: aRecord({ plan: aLook, ...record }),
    entries: [],
    transitions: 0,
    page: PAGE,
    ...input,
  });
const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
const fine = (text: string) => /\*\*Is it fine now\?\*\* (.*)/.exec(text)?.[1];

describe('the report of a run that only looks', () => {
  it('that found all well says how much it looked at', () => {
    const text = render({ outcome: 'verified', checks: [aCheck('a', 'pass'), aCheck('b', 'pass')] });
    expect(headings(text)).toEqual([
      '# service/api is as it must be',
      '## What is in order',
      '## Timeline (UTC)',
      '## Figures',
    ]);
    expect(fine(text)).toBe('Yes: all 2 checks passed.');
    expect(text).not.toContain('time to recover');
  });

  it('is not measured from a first sign, not even where it ended before its plan', () => {
    const { plan: _, ...early } = aRecord({ outcome: 'failed', target: 'fleet/all' });
    const text = renderMarkdown({ record: early, entries: [], transitions: 0, page: PAGE });
    expect(text).not.toMatch(/first sign|alarms are red|time to recover|post-incident/);
    expect(text).toContain('| run, start to end |');
  });

  it('does not take a warning for a pass', () => {
    const text = render({
      outcome: 'verified',
      checks: [aCheck('a', 'pass'), aCheck('b', 'warn', { next: 'Do something.' })],
    });
    expect(fine(text)).toBe('Yes, with 1 warning: b: b was seen. The other check passed.');
    expect(headings(text)).toContain('## Warnings');
    expect(text).toContain('| **⚠** | b | b was seen | Do something. | 03:04:00 |');
  });

  it('tells what is not known from what failed, gravest first, with what to do', () => {
    const checks = [
      aCheck('a', 'warn'),
      aCheck('b', 'pass'),
      aCheck('c', 'unknown', { expected: 'must be seen' }),
      aCheck('d', 'fail', { next: '`nightshift run restore-drill --database main`' }),
    ];
    const text = render({ outcome: 'failed', checks });
    expect(text).toContain('# service/api is not as it must be');
    expect(fine(text)).toBe('No: 1 of 4 checks failed, 1 has no result.');
    const marks = [...text.matchAll(/^\| (\S+) \| ([a-d]) \|/gm)].map(([, mark, name]) => [name, mark]);
    expect(marks).toEqual([
      ['d', '**✗**'],
      ['c', '**?**'],
      ['a', '**⚠**'],
      ['b', '✓'],
    ]);
    // Before the picture of how it went.
    expect(text.indexOf('| d |')).toBeLessThan(text.indexOf('](timeline.svg)'));
    const unknown = render({ outcome: 'failed', checks: checks.slice(0, 3) });
    expect(unknown).toContain('# Whether service/api is as it must be is not known');
    expect(fine(unknown)).toBe('Not known: 1 of 3 checks has no result.');
  });

  it('that could not look says so, and not that anything is wrong', () => {
    const text = render({ outcome: 'failed', error: { name: 'Transient', message: 'AWS is away.' } });
    expect(text).toContain('# roll-back-service could not look at service/api');
    expect(fine(text)).toBe('Not known: this run could not look, and changed nothing.');
  });

  it('of wrong input does not say anything of its target', () => {
    const { plan: _plan, ...rest } = aRecord({
      outcome: 'refused',
      error: { name: 'InvalidInput', message: 'There is no api:99.' },
    });
    const text = renderMarkdown({ record: rest, entries: [], transitions: 0, page: PAGE });
    expect(text).toContain('# roll-back-service did not begin: its input for service/api is not right');
    expect(text).toContain('**What you need to do.** There is no api:99.');
    expect(headings(text)).not.toContain('## For the post-incident review');
  });

  it('takes the words of the runbook where it has any, and puts them first', () => {
    const text = render({
      outcome: 'failed',
      verdict: VERDICT,
      checks: [aCheck('a', 'fail')],
      error: { name: 'VerificationFailed', message: 'a wall of text' },
    });
    expect(text.split('\n').slice(0, 6)).toEqual([
      '# 2 of 14 are broken: api, main',
      '',
      '**Is it fine now?** No: api and main are broken.',
      '',
      `**What you need to do.** Look at api first. See [the runbook's page](${PAGE}).`,
      '',
    ]);
    expect(text).not.toContain('a wall of text');
  });

  it('tells an error that the words of the runbook cannot have known', () => {
    const error = { name: 'States.Timeout', message: 'It took too long.' };
    expect(render({ outcome: 'failed', verdict: VERDICT, error })).toContain(
      '**What went wrong besides.** It took too long.',
    );
  });

  it('prints sections instead of the checks, before the picture', () => {
    const text = render({
      outcome: 'verified',
      verdict: VERDICT,
      checks: [aCheck('a check', 'pass')],
      sections: [
        { title: 'Since yesterday', lines: ['api is broken anew', 'main is mended'] },
        { title: 'All', table: { columns: ['', 'target'], rows: [['✗', 'service/api'], ['✓']] } },
      ],
    });
    expect(headings(text).slice(1, 3)).toEqual(['## Since yesterday', '## All']);
    expect(text).toContain('- api is broken anew\n- main is mended\n');
    expect(text).toContain('|  | target |\n|---|---|\n| ✗ | service/api |\n| ✓ |  |\n');
    expect(text).not.toContain('a check');
    expect(text.indexOf('## All')).toBeLessThan(text.indexOf('](timeline.svg)'));
  });

  it('prints sections of a run that acts, too', () => {
    const text = render({ plan: aPlan, sections: [{ title: 'Found', lines: ['this'] }] });
    expect(headings(text)).toContain('## Found');
    expect(headings(text)).toContain('## What would be done');
  });

  it('keeps its tables and headings whole whatever sections hold', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '|', '\\', '\n', '\r', '#', ' ') });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const rendered = render({
          verdict: { title: one, fine: other, next: one },
          sections: [
            { title: one, lines: [other], table: { columns: ['x', 'y'], rows: [[one, other], [other]] } },
          ],
        });
        expect(headings(rendered)).toHaveLength(4);
        const rows = rendered.split('\n').filter((line) => line.startsWith('|'));
        const cells = (row: string) => [...row.matchAll(/((?:\\.|[^\\|])*)\|/g)].length - 1;
        expect(rows.slice(0, 4).map(cells)).toEqual([2, 2, 2, 2]);
      }),
    );
  });

  it.each(SECRETS)('does not show the secret in: %s', (text, secret) => {
    const rendered = render({
      verdict: { title: text, fine: text, next: text },
      sections: [{ title: text, lines: [text], table: { columns: [text], rows: [[text]] } }],
    });
    expect(rendered.match(/\*\*\*/g)?.length).toBeGreaterThanOrEqual(7);
    expect(rendered).not.toContain(secret);
  });
});
