import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instanceName } from '../../../functions/rds/instance-name.ts';

/** What RDS takes as an identifier. */
const VALID = /^[a-z](?:-?[a-z0-9])*$/;

describe('the names that runs give to instances', () => {
  it('tell the instance, the purpose and the run', () => {
    expect(instanceName('Main', 'restored', 'run-1')).toMatch(/^main-restored-[0-9a-f]{6}$/);
  });

  it('are the same for the same run, and others for others', () => {
    expect(instanceName('main', 'before', 'run-1')).toBe(instanceName('main', 'before', 'run-1'));
    expect(instanceName('main', 'before', 'run-1')).not.toBe(instanceName('main', 'before', 'run-2'));
    expect(instanceName('main', 'before', 'run-1')).not.toBe(instanceName('main', 'drill', 'run-1'));
  });

  it('are names that RDS takes, however long the declared one is, also one whose cut falls on a hyphen', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-zA-Z](?:-?[a-zA-Z0-9]){0,62}$/).filter((name) => name.length <= 63),
        fc.constantFrom('restored', 'before', 'drill'),
        fc.string(),
        (declared, purpose, run) => {
          const name = instanceName(declared, purpose as 'drill', run);
          expect(name.length).toBeLessThanOrEqual(63);
          expect(name).toMatch(VALID);
        },
      ),
    );
  });
});
