import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../../../../sandbox/services/cloudwatch/alarm-decision.ts';
import { evaluateCompositeRule } from '../../../../sandbox/services/cloudwatch/composite-rule.ts';

const STATES: Record<string, AlarmState> = {
  a: 'ALARM',
  b: 'OK',
  c: 'INSUFFICIENT_DATA',
  'two words': 'ALARM',
};
const evaluate = (rule: string) => evaluateCompositeRule(rule, (name) => STATES[name] as AlarmState);

describe('the rule of a composite alarm', () => {
  test.each([
    ['ALARM("a")', true],
    ['ALARM(a)', true],
    ['ALARM("b")', false],
    ['OK("b")', true],
    ['INSUFFICIENT_DATA("c")', true],
    ['ALARM("two words")', true],
    ['ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:a")', true],
    ['TRUE', true],
    ['FALSE', false],
    ['NOT ALARM("a")', false],
    ['NOT NOT ALARM("a")', true],
    ['ALARM("a") AND OK("b")', true],
    ['ALARM("a") AND ALARM("b")', false],
    ['ALARM("b") OR ALARM("a")', true],
    ['ALARM("b") OR ALARM("c")', false],
    ['TRUE OR FALSE AND FALSE', true],
    ['(TRUE OR FALSE) AND FALSE', false],
    ['NOT (ALARM("a") AND ALARM("b"))', true],
    ['NOT FALSE AND FALSE', false],
  ])('%s: %s', (rule, firing) => {
    expect(evaluate(rule)).toBe(firing);
  });

  test('reads every alarm that it names, also where the answer is clear already', () => {
    const read: string[] = [];
    evaluateCompositeRule('ALARM("a") OR ALARM("b") AND ALARM("c")', (name) => {
      read.push(name);
      return 'ALARM';
    });
    expect(read).toEqual(['a', 'b', 'c']);
  });

  test.each(['', 'ALARM', 'ALARM("a"', '(TRUE', 'TRUE TRUE', 'TRUE AND', 'FIRING("a")', 'NOT', 'TRUE)'])(
    '%j cannot be read',
    (rule) => {
      expect(() => evaluate(rule)).toThrow(RangeError);
    },
  );
});
