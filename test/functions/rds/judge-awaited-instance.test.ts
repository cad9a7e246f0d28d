import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DescribedInstance,
  judgeAwaitedInstance,
} from '../../../functions/rds/judge-awaited-instance.ts';

const SINCE = '2026-11-21T03:00:00.000Z';
const later = (minutes: number) => new Date(Date.parse(SINCE) + minutes * 60_000);
const awaited = { identifier: 'shop', resourceId: 'db-SHOP', since: SINCE };
const shop: DescribedInstance = {
  DBInstanceIdentifier: 'shop',
  DBInstanceStatus: 'available',
  DbiResourceId: 'db-SHOP',
  Endpoint: { Address: 'shop.rds.amazonaws.com', Port: 5432 },
  PendingModifiedValues: {},
};
const inStatus = (DBInstanceStatus: string) =>
  judgeAwaitedInstance(awaited, { ...shop, DBInstanceStatus }, later(1));

describe('the wait for an instance', () => {
  it('ends with where the instance answers', () => {
    expect(judgeAwaitedInstance(awaited, shop, later(20))).toEqual({
      state: 'done',
      output: {
        identifier: 'shop',
        resourceId: 'db-SHOP',
        host: 'shop.rds.amazonaws.com',
        port: 5432,
        at: later(20).toISOString(),
      },
      summary: 'The instance shop is available',
    });
  });

  // All of them: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
  it.each([
    ...['available', 'storage-initialization', 'storage-optimization'].map((status) => [status, 'done']),
    ...[
      'backing-up',
      'configuring-enhanced-monitoring',
      'configuring-iam-database-auth',
      'configuring-log-exports',
      'converting-to-vpc',
      'creating',
      'maintenance',
      'modifying',
      'moving-to-vpc',
      'rebooting',
      'renaming',
      'resetting-master-credentials',
      'starting',
      'storage-config-upgrade',
      'upgrading',
      'something-new',
    ].map((status) => [status, 'waiting']),
    ...[
      'delete-precheck',
      'deleting',
      'failed',
      'inaccessible-encryption-credentials',
      'inaccessible-encryption-credentials-recoverable',
      'incompatible-create',
      'incompatible-network',
      'incompatible-option-group',
      'incompatible-parameters',
      'incompatible-restore',
      'incompatible-something-new',
      'insufficient-capacity',
      'restore-error',
      'stopped',
      'stopping',
      'storage-full',
      'upgrade-failed',
    ].map((status) => [status, 'failed']),
  ])('takes %s for %s', (status, state) => {
    const verdict = inStatus(status as string);
    expect(verdict.state).toBe(state);
    if (verdict.state === 'waiting') expect(verdict.seen).toContain(status);
    if (verdict.state === 'failed') {
      expect(verdict.error).toBe('VerificationFailed');
      expect(verdict.cause).toContain(`The instance shop is ${status}`);
    }
  });

  it.each<[string, DescribedInstance['PendingModifiedValues'], boolean, string]>([
    ['a pending change that nobody waits for', { MultiAZ: true }, false, 'done'],
    ['a pending change that is waited for', { MultiAZ: true }, true, 'waiting'],
    ['a change that is none', { ProcessorFeatures: [], MultiAZ: undefined }, true, 'done'],
    ['nothing pending', {}, true, 'done'],
  ])('%s', (_, PendingModifiedValues, allPending, state) => {
    const verdict = judgeAwaitedInstance(
      { ...awaited, allPending },
      { ...shop, PendingModifiedValues },
      later(1),
    );
    expect(verdict.state).toBe(state);
  });

  it('gives advice that fits', () => {
    expect(inStatus('storage-full')).toMatchObject({ cause: expect.stringContaining('more storage') });
    expect(inStatus('incompatible-network')).toMatchObject({ cause: expect.stringContaining('subnets') });
    expect(inStatus('inaccessible-encryption-credentials-recoverable')).toMatchObject({
      cause: expect.stringContaining('KMS key'),
    });
  });

  it.each([
    ['a password', { MasterUserPassword: '****' }, 'waiting'],
    ['a name', { DBInstanceIdentifier: 'shop-before' }, 'waiting'],
    // It waits for a maintenance window, which may be days away.
    ['another class', { DBInstanceClass: 'db.m8g.large' }, 'done'],
  ])('with %s still to be set: %s', (_, PendingModifiedValues, state) => {
    expect(judgeAwaitedInstance(awaited, { ...shop, PendingModifiedValues }, later(1)).state).toBe(state);
  });

  it('goes on until RDS tells the endpoint', () => {
    expect(judgeAwaitedInstance(awaited, { ...shop, Endpoint: undefined }, later(1)).state).toBe('waiting');
  });

  it.each<[string, DescribedInstance | undefined]>([
    ['an instance that RDS does not show', undefined],
    ['the name of another instance', { ...shop, DbiResourceId: 'db-OTHER' }],
  ])('goes on for a quarter of an hour with %s, and then fails', (_, found) => {
    expect(judgeAwaitedInstance(awaited, found, later(0)).state).toBe('waiting');
    expect(judgeAwaitedInstance(awaited, found, later(14.9)).state).toBe('waiting');
    expect(judgeAwaitedInstance(awaited, found, later(15))).toMatchObject({
      state: 'failed',
      error: 'VerificationFailed',
      cause: expect.stringContaining('shop'),
    });
  });

  it('does not fail for the state of another instance that still has the name', () => {
    const other = { ...shop, DbiResourceId: 'db-OTHER', DBInstanceStatus: 'failed' };
    expect(judgeAwaitedInstance(awaited, other, later(1)).state).toBe('waiting');
  });

  it('is content with any instance of the name when none is given', () => {
    const { resourceId: _, ...any } = awaited;
    expect(judgeAwaitedInstance(any, { ...shop, DbiResourceId: 'db-NEW' }, later(60)).state).toBe('done');
  });

  it('never ends well with the wrong instance', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('available', 'modifying', 'failed', 'storage-optimization'),
        fc.constantFrom('db-OTHER', undefined),
        fc.nat(10_000),
        (DBInstanceStatus, DbiResourceId, minutes) => {
          const found = { ...shop, DBInstanceStatus, DbiResourceId };
          expect(judgeAwaitedInstance(awaited, found, later(minutes)).state).not.toBe('done');
        },
      ),
    );
  });
});
