import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeedsHuman, Refused } from '../../../functions/errors.ts';
import { decidePreflight } from '../../../functions/preflight/decide-preflight.ts';
import { examined, found } from '../../../functions/preflight/examine.ts';
import type { Verdict } from '../../../schemas/finding.ts';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:task-definition/api';
const RELEASE = { taskDefinition: `${ARN}:42`, running: `${ARN}:41` };
const part = (...verdicts: Verdict[]) =>
  examined(
    'service/api',
    verdicts.map((verdict, index) =>
      found(`check ${index}`, { verdict, observed: `saw ${index}`, expected: 'must be' }),
    ),
    new Date(),
  );
const decide = (...parts: Verdict[][]) =>
  decidePreflight(
    'api',
    RELEASE,
    parts.map((verdicts) => part(...verdicts)),
  );

describe('decidePreflight', () => {
  it('lets pass what is in order, warnings and all', () => {
    expect(decide(['pass', 'warn'], ['pass'])).toEqual({
      summary: 'api:42 may be released to api: 3 checks passed, with 1 warning.',
      warnings: 1,
      words: {
        title: 'api:42 may be released to api, with 1 warning',
        fine: 'Yes, with 1 warning: check 1: saw 1. The other 2 checks passed.',
        next: 'Read the warning, and release it.',
      },
    });
    expect(decide(['pass']).words).toEqual({
      title: 'api:42 may be released to api',
      fine: 'Yes: the one check passed.',
      next: 'Nothing: release it.',
    });
  });

  it('refuses what has failed, and names all of it', () => {
    const { refusal, words } = decide(['pass', 'fail', 'unknown'], ['fail']);
    expect(refusal).toBeInstanceOf(Refused);
    expect(refusal?.message).toBe(
      'api:42 must not be released to api: check 1: saw 1; check 0: saw 0; check 2 is not known: saw 2. Nothing was changed. Put it right, and start preflight again: `nightshift run preflight --service api`.',
    );
    expect(words).toMatchObject({
      title: 'api:42 must not be released to api: 2 of 4 checks failed, 1 has no result',
      fine: 'No: it must not go out. Nothing was changed; api still runs api:41.',
    });
  });

  it('calls a person where something is not known', () => {
    const { refusal, words } = decide(['pass'], ['unknown']);
    expect(refusal).toBeInstanceOf(NeedsHuman);
    expect(words.title).toBe(
      'Whether api:42 may be released to api is not known: 1 of 2 checks has no result',
    );
    // Nothing was looked at.
    expect(decide(['pass'], []).refusal).toBeInstanceOf(NeedsHuman);
  });

  it('tells no more than can be read', () => {
    expect(decide(Array(30).fill('fail')).refusal?.message).toContain('check 11 and 18 more). ');
  });

  it('lets pass exactly what nothing has failed in, and nothing is unknown of', () => {
    const verdicts = fc.array(fc.constantFrom<Verdict>('pass', 'warn', 'fail', 'unknown'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(verdicts, { minLength: 1 }), (parts) => {
        const all = parts.flat();
        const { refusal, words } = decide(...parts);
        if (all.includes('fail')) expect(refusal).toBeInstanceOf(Refused);
        else if (all.includes('unknown')) expect(refusal).toBeInstanceOf(NeedsHuman);
        else expect(refusal).toBeUndefined();
        expect(words.fine.startsWith('Yes')).toBe(refusal === undefined);
      }),
    );
  });

  it('keeps its evidence small, and the gravest of it', () => {
    const many = examined(
      'service/api',
      [
        ...Array.from({ length: 400 }, (_, index) =>
          found(`check ${index}`, { verdict: 'pass', observed: 'x'.repeat(200), expected: 'must be' }),
        ),
        found('last', { verdict: 'fail', observed: 'broken', expected: 'must be' }),
      ],
      new Date(),
    );
    expect(JSON.stringify(many.report).length).toBeLessThan(16_384);
    expect(many.passed).toBe(false);
    expect(many.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['last', 'further findings']));
    // What is left out is no graver than what is told, and is not counted among what failed.
    expect(many.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['last']);
  });
});
