import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionsHold, isConditionOperator } from '../../../sandbox/iam/conditions.ts';

const ARN = 'arn:aws:sns:us-east-1:123456789012:topic';

describe('a condition', () => {
  test.each<
    [operator: string, wanted: string | string[], found: string | string[] | undefined, holds: boolean]
  >([
    ['StringEquals', 'main', 'main', true],
    ['StringEquals', 'main', 'Main', false],
    ['StringEquals', ['main', 'other'], 'other', true],
    ['StringEquals', 'main', undefined, false],
    ['StringEqualsIfExists', 'main', undefined, true],
    ['StringEqualsIfExists', 'main', 'other', false],
    ['StringNotEquals', 'main', 'other', true],
    ['StringNotEquals', ['main', 'other'], 'other', false],
    ['StringNotEquals', 'main', undefined, true],
    ['StringEqualsIgnoreCase', 'main', 'MAIN', true],
    ['StringNotEqualsIgnoreCase', 'main', 'MAIN', false],
    ['StringLike', 'ma?n*', 'main-1', true],
    ['StringLike', 'ma?n', 'man', false],
    ['StringNotLike', 'ma*', 'main', false],
    ['ArnEquals', ARN, ARN, true],
    ['ArnLike', 'arn:aws:sns:*:123456789012:*', ARN, true],
    ['ArnLike', 'arn:aws:*:topic', ARN, false],
    ['ArnNotLike', 'arn:aws:sns:*:*:*', ARN, false],
    ['Bool', 'true', 'TRUE', true],
    ['Bool', 'false', 'true', false],
    ['Null', 'true', undefined, true],
    ['Null', 'true', 'there', false],
    ['Null', 'false', 'there', true],
    ['NumericEquals', '1', '1.0', true],
    ['NumericNotEquals', '1', '2', true],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '11', true],
    ['NumericGreaterThanEquals', '10', '9', false],
    ['DateGreaterThan', '2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', true],
    ['DateLessThan', '2026-01-01T00:00:00Z', '1767225599', true],
    ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
    ['DateNotEquals', '2026-01-01T00:00:00Z', '1767225600', false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['b', 'c'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c'], false],
    ['ForAnyValue:StringEquals', 'a', undefined, false],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['b', 'c'], false],
    ['ForAllValues:StringEquals', 'a', undefined, true],
    ['ForAllValues:StringLike', 'nightshift:*', ['nightshift:owner'], true],
    ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ])('%s %j of %j: %s', (operator, wanted, found, expected) => {
    expect(isConditionOperator(operator)).toBe(true);
    expect(conditionsHold({ [operator]: { 'aws:Key': wanted } }, { 'AWS:key': found })).toBe(expected);
  });

  test.each(['IpAddress', 'StringAlmostEquals', 'ForSomeValues:StringEquals', 'toString'])(
    'with the operator %s is not known',
    (operator) => {
      expect(isConditionOperator(operator)).toBe(false);
    },
  );

  test('that is negated says the contrary of every value that is there', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.string(), (wanted, found) => {
        const context = { key: found };
        expect(conditionsHold({ StringNotEquals: { key: wanted } }, context)).toBe(
          !conditionsHold({ StringEquals: { key: wanted } }, context),
        );
      }),
    );
  });

  test('must hold together with all others', () => {
    const both = { StringEquals: { a: '1', b: '2' }, Null: { c: 'true' } };
    expect(conditionsHold(both, { a: '1', b: '2' })).toBe(true);
    expect(conditionsHold(both, { a: '1', b: '3' })).toBe(false);
    expect(conditionsHold(both, { a: '1', b: '2', c: 'x' })).toBe(false);
  });
});
