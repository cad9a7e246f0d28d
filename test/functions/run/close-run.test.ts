import { describe, expect, it } from 'vitest';
import { evidenceOf, lapseOr, readFailure } from '../../../functions/run/close-run.ts';
import { decideOutcome } from '../../../functions/run/decide-outcome.ts';
import { outcomeSentence } from '../../../functions/run/outcome-sentence.ts';
import type { RunRecord } from '../../../schemas/run.ts';

describe('readFailure', () => {
  it.each([
    ['nothing', undefined, undefined],
    [
      "a function's own error",
      { Error: 'Refused', Cause: '{"errorType":"Refused","errorMessage":"A freeze window holds."}' },
      { name: 'Refused', message: 'A freeze window holds.' },
    ],
    [
      'a time-out, which has no cause',
      { Error: 'States.Timeout', Cause: '' },
      { name: 'States.Timeout', message: 'States.Timeout (Step Functions gives no further cause)' },
    ],
    [
      'a text with a secret in it',
      { Error: 'Error', Cause: 'connect postgres://app:hunter2@db/x' },
      { name: 'Error', message: 'connect postgres://app:***@db/x' },
    ],
  ])('reads %s', (_, failure, expected) => {
    expect(readFailure(failure)).toEqual(expected);
  });
});

describe('lapseOr', () => {
  const timeout = { name: 'States.Timeout', message: 'States.Timeout' };
  const waiting = {
    phase: 'approve',
    acted: false,
    approval: { planHash: 'a', requestedAt: '2026-11-21T03:00:00Z', expiresAt: '2026-11-21T04:00:00Z' },
  } as const;

  it('calls a wait for approval that ran out a refusal', () => {
    expect(lapseOr(timeout, waiting)).toEqual({
      name: 'Refused',
      message:
        'Nobody approved the plan until 2026-11-21T04:00:00Z, so it has lapsed. Nothing was changed. If it is still needed, start the runbook again.',
    });
  });

  it.each([
    ['another failure', { name: 'Transient', message: 'x' }, waiting],
    ['a time-out of another phase', timeout, { ...waiting, phase: 'act' as const }],
    ['a run that has acted', timeout, { ...waiting, acted: true }],
  ])('leaves %s as it is', (_, failure, record) => {
    expect(lapseOr(failure, record)).toBe(failure);
  });
});

describe('evidenceOf', () => {
  const run = {
    id: 'run',
    arn: 'arn',
    runbook: 'some-runbook',
    startedAt: '2026-11-21T03:00:00Z',
    dryRun: false,
    trigger: { kind: 'person' },
  } as const;
  const record = { run, phase: 'act', acted: true } as const;
  const check = { name: 'rows', passed: true, measured: '3', at: '2026-11-21T03:00:00Z' };

  it('has the checks of what was verified, and keeps the failures of undo and afterwards apart', () => {
    const state = {
      failure: { Error: 'NeedsHuman', Cause: '{"errorMessage":"It broke."}' },
      undoFailure: { Error: 'Transient', Cause: '{"errorMessage":"Busy. It is tried again."}' },
      afterwardsFailure: { Error: 'Transient', Cause: '{"errorMessage":"Not gone yet."}' },
      undone: {},
      verifiedRows: { passed: true, checks: [check] },
      proof: { passed: false, checks: [{ ...check, passed: false }] },
    };
    expect(evidenceOf(state, record)).toEqual({
      joined: false,
      dryRun: false,
      acted: true,
      hasPlan: false,
      undone: true,
      verified: true,
      checks: [check],
      failure: { name: 'NeedsHuman', message: 'It broke.' },
      undoFailure: { name: 'Transient', message: 'Busy. It was tried again in vain.' },
      afterwardsFailure: { name: 'Transient', message: 'Not gone yet.' },
    });
  });

  it.each<[string, unknown, boolean]>([
    ['all of which passed', { passed: true, checks: [check] }, true],
    ['that did not pass, whatever its checks', { passed: false, checks: [check] }, false],
    ['that does not say whether it passed', { checks: [check] }, false],
    ['that is nothing', null, false],
  ])('knows evidence %s', (_, proof, verified) => {
    const other = { passed: true, checks: [check] };
    expect(evidenceOf({ verifiedRows: other, verifiedMore: proof }, record).verified).toBe(verified);
  });

  it.each([undefined, null, 'a text', 3, []])('takes %j for a state with nothing in it', (state) => {
    expect(evidenceOf(state, record)).toMatchObject({ checks: [], joined: false, undone: false });
  });
});

describe('the last line of a run', () => {
  const title = '2 of 2 are broken: api, main';
  const verdict = { title, fine: 'No.', next: 'Look.' };
  const check = { name: 'rows', passed: false, measured: '7 of 8', at: '2026-11-21T08:00:00Z' };
  const sentenceOf = (state: object, record: Partial<RunRecord> = {}) => {
    const whole = {
      run: { id: 'r', arn: 'a', startedAt: 'now', runbook: 'x', dryRun: false, trigger: { kind: 'person' } },
      phase: 'verify',
      acted: false,
      ...record,
    } as RunRecord;
    const evidence = evidenceOf(state, whole);
    return outcomeSentence(decideOutcome(evidence), evidence, whole);
  };
  const bad = { verified: { passed: false, checks: [check] } };
  const good = { verified: { passed: true, checks: [{ ...check, passed: true }] } };

  it.each<[string, object, Partial<RunRecord>, string]>([
    [
      'started others',
      { ...bad, started: { runs: [{ whyNot: 'x' }, { runId: 'other' }] } },
      { verdict },
      `Failed: ${title}. This run itself changed nothing; what it started tells for itself.`,
    ],
    [
      'could start none',
      { ...bad, started: { runs: [{ whyNot: 'x' }] } },
      { verdict },
      `Failed: ${title}. Nothing was changed.`,
    ],
    ['has no words of its own', bad, {}, 'Failed: 1 of 1 check failed. Nothing was changed.'],
    ['found all well', good, { verdict: { ...verdict, title: 'All is well' } }, 'Verified: All is well.'],
    ['found all well and has no words', good, {}, 'Verified: The one check passed.'],
    [
      'made a change that is not good',
      bad,
      { acted: true, verdict },
      'Failed: The change was made, and it is not good: rows: 7 of 8. Nightshift does not try again; a person is needed.',
    ],
    [
      'was stopped by something else',
      { ...bad, failure: { Error: 'NeedsHuman', Cause: 'It is torn.' } },
      { verdict },
      'Failed: It is torn.',
    ],
  ])('of one that %s', (_which, state, record, sentence) => {
    expect(sentenceOf(state, record)).toBe(sentence);
  });

  it('is never kept from being written by what the state holds', () => {
    for (const started of [null, 7, { runs: null }, { runs: [null, 7] }])
      expect(sentenceOf({ ...bad, started })).toContain('Nothing was changed.');
  });
});
