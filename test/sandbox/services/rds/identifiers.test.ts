import { describe, expect, test } from 'vitest';
import {
  identifierOf,
  newInstanceIdentifier,
  newSnapshotIdentifier,
} from '../../../../sandbox/services/rds/identifiers.ts';

describe('an identifier', () => {
  test.each(['a', 'Orders', 'orders-2', 'a-b-c', 'x'.repeat(63)])('may be %s', (identifier) => {
    expect(newInstanceIdentifier(identifier)).toBe(identifier.toLowerCase());
  });

  test.each(['', '1st', '-a', 'a-', 'a--b', 'a_b', 'rds:a', 'ä', 'a b', 'x'.repeat(64)])(
    'may not be %s',
    (identifier) => {
      expect(() => newInstanceIdentifier(identifier)).toThrow('is not a valid identifier');
    },
  );

  test('of a snapshot may be longer', () => {
    expect(newSnapshotIdentifier('x'.repeat(255))).toHaveLength(255);
    expect(() => newSnapshotIdentifier('x'.repeat(256))).toThrow('is not a valid identifier');
  });

  test.each([
    ['Orders', 'orders'],
    ['arn:aws:rds:us-east-1:123456789012:db:orders', 'orders'],
    ['rds:orders-2026-01-02-03-04', 'rds:orders-2026-01-02-03-04'],
    ['arn:aws:rds:us-east-1:123456789012:snapshot:rds:orders-1', 'rds:orders-1'],
  ])('is read from %s', (name, identifier) => {
    expect(identifierOf(name)).toBe(identifier);
  });
});
