import { describe, expect, it } from 'vitest';
import { runObject } from '../../../bin/command/run-object.ts';
import { aRecord } from './a-record.ts';

describe('runObject', () => {
  it('has the same seven keys whatever became of the run', () => {
    const keys = ['runbook', 'run', 'target', 'outcome', 'plan', 'checks', 'error'];
    expect(Object.keys(runObject(aRecord()))).toEqual(keys);
    expect(
      Object.keys(runObject(aRecord({ outcome: 'failed', error: { name: 'X', message: 'no' } }))),
    ).toEqual(keys);
  });

  it('calls a run without an outcome running', () => {
    expect(runObject(aRecord())).toMatchObject({ outcome: 'running', plan: null, checks: [], error: null });
  });

  it('names the runbook, the run and its target', () => {
    expect(runObject(aRecord())).toMatchObject({
      runbook: 'roll-back-service',
      run: '4651faab-1258-42f9-a754-03a39f769e8f',
      target: 'service/api',
    });
  });

  it('carries how it ended', () => {
    const error = { name: 'Refused', message: 'The freeze window holds.' };
    const check = { name: 'readiness', passed: true, measured: '3 of 3', at: '2026-11-21T03:00:00Z' };
    expect(runObject(aRecord({ outcome: 'refused', error, checks: [check] }))).toMatchObject({
      outcome: 'refused',
      error,
      checks: [check],
    });
  });

  it('keeps to itself what a script has no use for', () => {
    const text = JSON.stringify(runObject(aRecord({ report: 's3://bucket/key/' })));
    expect(text).not.toContain('s3://');
    expect(text).not.toContain('arn:');
  });
});
