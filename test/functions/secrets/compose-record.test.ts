import { describe, expect, it } from 'vitest';
import { composeRecord, type Recorded } from '../../../functions/secrets/compose-record.ts';
import { planSecret } from '../../../functions/secrets/plan-secret.ts';
import type { RotationRecord } from '../../../functions/secrets/state.ts';
import { aSituation, NOW } from './a-situation.ts';

const ROTATED_AT = '2026-11-21T03:01:00.000Z';
const ADOPTED_AT = '2026-11-21T03:06:00.000Z';
const planned = (does: 'rotate' | 'finish' | 'undo', change = {}) =>
  planSecret(
    aSituation('database', change),
    { does, compromised: false, now: NOW },
    { run: 'run-1', wave: 0 },
  );
const compose = (change: Partial<Recorded> = {}): RotationRecord | undefined => {
  const secret = change.secret ?? planned('rotate');
  return composeRecord({
    secret,
    run: { id: 'run-1', trigger: { kind: 'person', by: 'mara' } },
    compromised: false,
    standing: { version: secret.token ?? 'version-2', since: ROTATED_AT },
    earlier: [aSituation().record as RotationRecord],
    returned: undefined,
    adoptedAt: ADOPTED_AT,
    retiredAt: undefined,
    now: NOW,
    ...change,
  });
};

describe('composeRecord', () => {
  it('tells who rotated what when, until when the old value is good, and when it is due again', () => {
    expect(compose()).toEqual({
      secret: 'database',
      run: 'run-1',
      rotatedAt: ROTATED_AT,
      by: 'mara',
      replaced: 'version-2',
      version: planned('rotate').token,
      adoptedAt: ADOPTED_AT,
      retireAt: '2026-11-22T03:06:00.000Z',
      nextDueAt: '2026-12-21T03:01:00.000Z',
    });
  });

  it('is the same when it is made again', () => {
    const first = compose() as RotationRecord;
    expect(compose({ earlier: [first] })).toEqual(first);
  });

  it('leaves the end of the overlap open where adoption was not proved', () => {
    const record = compose({ adoptedAt: null });
    expect(record).not.toHaveProperty('adoptedAt');
    expect(record).not.toHaveProperty('retireAt');
  });

  it('has the value due at once that is known to others, proved or not', () => {
    expect(compose({ compromised: true, adoptedAt: null })?.retireAt).toBe(NOW.toISOString());
  });

  it('tells that the rotation was taken back, as far as it had come', () => {
    const { token } = planned('rotate');
    const returned = { bad: token ?? '', at: ADOPTED_AT };
    const standing = { why: 'version-2 is current' };
    expect(compose({ standing, returned: { ...returned, wasCurrent: true }, adoptedAt: null })).toMatchObject(
      {
        version: token,
        replaced: 'version-2',
        undoneAt: ADOPTED_AT,
      },
    );
    expect(compose({ standing, returned: { ...returned, wasCurrent: false } })).toBeUndefined();
  });

  it('adds to the record of the run before what a later run has proved or retired', () => {
    const earlier = [{ ...(aSituation().record as RotationRecord), retiredAt: undefined }];
    expect(compose({ secret: planned('finish'), earlier, retiredAt: ADOPTED_AT })).toEqual({
      ...earlier[0],
      retiredAt: ADOPTED_AT,
    });
    expect(
      compose({
        secret: planned('undo'),
        earlier,
        returned: { bad: 'version-2', at: ADOPTED_AT, wasCurrent: true },
      }),
    ).toEqual({ ...earlier[0], undoneAt: ADOPTED_AT });
  });

  it('makes up for the record of a rotation that nobody made one of', () => {
    expect(compose({ secret: planned('finish'), earlier: [] })).toMatchObject({
      by: 'Secrets Manager, or a run that died',
      replaced: 'version-1',
      version: 'version-2',
    });
  });

  it('has nothing to tell of what was not rotated', () => {
    expect(compose({ standing: { why: 'it failed' } })).toBeUndefined();
    expect(
      compose({
        secret: planned('finish', { previous: null, lastRotatedAt: null, record: null }),
        earlier: [],
      }),
    ).toBeUndefined();
  });

  it('follows the value that a retirement stored once more', () => {
    expect(
      compose({ standing: { version: 'replaced', since: ROTATED_AT }, retiredAt: ADOPTED_AT }),
    ).toMatchObject({
      version: 'replaced',
      retiredAt: ADOPTED_AT,
    });
  });
});
