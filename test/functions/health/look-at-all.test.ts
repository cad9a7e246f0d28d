import { describe, expect, it } from 'vitest';
import { PreconditionFailed } from '../../../functions/errors.ts';
import { finding } from '../../../functions/health/findings.ts';
import { lookAtAll, type Part, withinTime } from '../../../functions/health/look-at-all.ts';
import { whyNotLooked } from '../../../functions/health/why-not-looked.ts';

const part = (check: string, look: Part['look']): Part => ({
  kind: 'metrics',
  check,
  expected: 'all is well',
  look,
});
const good = part('good', async () => [
  finding('metrics', 'good', { verdict: 'pass', observed: 'well', expected: 'well' }),
]);
const seen = (findings: Awaited<ReturnType<typeof lookAtAll>>) =>
  findings.map(({ check, verdict, observed }) => [check, verdict, observed]);
const never = () => new AbortController().signal;

describe('a look at all parts', () => {
  it('is not stopped by one that throws, at once or later', async () => {
    const thrown = part('thrown', () => {
      throw new TypeError('password=hunter2');
    });
    const rejected = part('rejected', async () => {
      throw new PreconditionFailed('The cluster is gone. Nothing was changed.');
    });
    expect(seen(await lookAtAll([thrown, rejected, good], never()))).toEqual([
      ['thrown', 'unknown', 'it went wrong in a way that was not foreseen (TypeError)'],
      ['rejected', 'unknown', 'The cluster is gone. Nothing was changed'],
      ['good', 'pass', 'well'],
    ]);
  });

  it('waits for none beyond its time, and keeps what the others found', async () => {
    const hanging = part('hanging', () => new Promise(() => {}));
    const findings = await withinTime(20, never(), (signal) => lookAtAll([hanging, good], signal));
    expect(seen(findings)).toEqual([
      ['hanging', 'unknown', 'there was no time left to look'],
      ['good', 'pass', 'well'],
    ]);
  });

  it('begins nothing when the time is over', async () => {
    let begun = false;
    const late = part('late', async () => {
      begun = true;
      return [];
    });
    expect(seen(await lookAtAll([late], AbortSignal.abort()))).toEqual([
      ['late', 'unknown', 'there was no time left to look'],
    ]);
    expect(begun).toBe(false);
  });
});

describe('why a check could not be made', () => {
  const aws = (name: string, message: string, members: object = {}) =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...members });
  it.each([
    [
      'a permission',
      aws('AccessDeniedException', 'not authorized to perform: logs:FilterLogEvents'),
      'this function may not look: not authorized to perform: logs:FilterLogEvents',
    ],
    [
      'throttling',
      aws('ThrottlingException', 'Rate exceeded'),
      'AWS did not answer just now (ThrottlingException)',
    ],
    [
      'a refusal',
      aws('InvalidParameterException', 'bad token=abc'),
      'AWS refused the question (InvalidParameterException: bad token=***)',
    ],
    [
      'a network',
      Object.assign(new Error('x'), { code: 'ECONNRESET' }),
      'AWS did not answer just now (ECONNRESET)',
    ],
    ['what is no error', 'hunter2', 'it went wrong in a way that was not foreseen (Error)'],
  ])('is told of %s', (_, error, words) => {
    expect(whyNotLooked(error)).toBe(words);
  });
});
