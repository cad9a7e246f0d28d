import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPattern, matchesPattern } from '../../../../sandbox/services/events/match-pattern.ts';

const SERVICE = 'arn:aws:ecs:us-east-1:123456789012:service/main/api';
const event = {
  version: '0',
  'detail-type': 'ECS Deployment State Change',
  source: 'aws.ecs',
  resources: [SERVICE],
  detail: { eventName: 'SERVICE_DEPLOYMENT_FAILED', attempts: 3, reason: null, nested: { deep: true } },
};
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
/** Field names that nothing of the pattern language or of JavaScript's objects claims. */
const name = fc.stringMatching(/^[a-c]{1,2}$/);

/** Whether one rule for one field matches an event in which the field has this value; undefined leaves it out. */
const matchesField = (rules: unknown[], value: unknown) =>
  matchesPattern({ detail: { field: rules } }, { detail: value === undefined ? {} : { field: value } });

describe('an event pattern', () => {
  test.each<[what: string, pattern: unknown, matches: boolean]>([
    ['nothing', {}, true],
    ['the source', { source: ['aws.ecs'] }, true],
    ['another source', { source: ['aws.rds'] }, false],
    ['one of several sources', { source: ['aws.rds', 'aws.ecs'] }, true],
    ['the source in other letters', { source: ['AWS.ECS'] }, false],
    ['source and type', { source: ['aws.ecs'], 'detail-type': ['ECS Deployment State Change'] }, true],
    ['the source, but another type', { source: ['aws.ecs'], 'detail-type': ['ECS Service Action'] }, false],
    ['one of the resources', { resources: ['other', SERVICE] }, true],
    ['none of the resources', { resources: ['other'] }, false],
    ['a member of the detail', { detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] } }, true],
    ['a member of a member', { detail: { nested: { deep: [true] } } }, true],
    ['a member that the event lacks', { detail: { clusterArn: ['x'] } }, false],
    ['a member of a member that the event lacks', { detail: { other: { deep: [true] } } }, false],
    ['a member of what is text in the event', { source: { deep: ['aws.ecs'] } }, false],
    ['a number', { detail: { attempts: [3] } }, true],
    ['a number written as text', { detail: { attempts: ['3'] } }, false],
    ['null', { detail: { reason: [null] } }, true],
    ['null where the event has nothing', { detail: { other: [null] } }, false],
    ['no value at all', { source: [] }, false],
  ])('with %s: %#', (_what, pattern, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  test('matches the event of which it is a part, whatever else is in it', () => {
    fc.assert(
      fc.property(fc.dictionary(name, scalar), fc.dictionary(name, scalar), (wanted, more) => {
        const pattern = Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, [value]]));
        expect(matchesPattern({ detail: pattern }, { detail: { ...more, ...wanted } })).toBe(true);
      }),
    );
  });

  test('with one field more matches nothing more', () => {
    const patterns = fc.dictionary(name, fc.array(scalar, { minLength: 1 }));
    fc.assert(
      fc.property(patterns, patterns, fc.dictionary(name, scalar), (less, more, found) => {
        if (matchesPattern({ ...less, ...more }, found)) expect(matchesPattern(more, found)).toBe(true);
      }),
    );
  });

  test('matches a list of the event where any of its objects does, alone', () => {
    const found = {
      detail: {
        containers: [
          { name: 'api', exitCode: 0 },
          { name: 'proxy', exitCode: 1 },
        ],
      },
    };
    const container = (pattern: unknown) => matchesPattern({ detail: { containers: pattern } }, found);
    expect(container({ name: ['proxy'], exitCode: [1] })).toBe(true);
    expect(container({ name: ['api'], exitCode: [1] })).toBe(false);
  });
});

describe('a filter', () => {
  test.each<[rule: unknown, value: unknown, matches: boolean]>([
    [{ prefix: 'SERVICE_' }, 'SERVICE_STEADY_STATE', true],
    [{ prefix: 'SERVICE_' }, 'service_steady_state', false],
    [{ prefix: 'STATE' }, 'SERVICE_STEADY_STATE', false],
    [{ prefix: '1' }, 12, false],
    [{ prefix: 'a' }, undefined, false],
    [{ prefix: { 'equals-ignore-case': 'service_' } }, 'SERVICE_STEADY_STATE', true],
    [{ prefix: { 'equals-ignore-case': 'task_' } }, 'SERVICE_STEADY_STATE', false],
    [{ suffix: '.png' }, 'a.png', true],
    [{ suffix: '.png' }, 'a.png.gz', false],
    [{ suffix: '2' }, 12, false],
    [{ suffix: { 'equals-ignore-case': '.PNG' } }, 'a.png', true],
    [{ suffix: { 'equals-ignore-case': '.PNG' } }, 'a.gif', false],
    [{ 'equals-ignore-case': 'Failed' }, 'FAILED', true],
    [{ 'equals-ignore-case': 'Failed' }, 'FAILED.', false],
    [{ 'equals-ignore-case': '1' }, 1, false],
    [{ wildcard: 'arn:*:service/*/api' }, SERVICE, true],
    [{ wildcard: 'service/*' }, SERVICE, false],
    [{ wildcard: '*' }, '', true],
    [{ wildcard: 'a*c' }, 'a\nc', true],
    [{ wildcard: 'a.c' }, 'abc', false],
    [{ wildcard: 'a?c' }, 'abc', false],
    [{ wildcard: 'a?c' }, 'a?c', true],
    [{ wildcard: 'a\\*c' }, 'a*c', true],
    [{ wildcard: 'a\\*c' }, 'abc', false],
    [{ wildcard: 'a\\\\*' }, 'a\\b', true],
    [{ wildcard: '*' }, 1, false],
    [{ 'anything-but': 'a' }, 'b', true],
    [{ 'anything-but': 'a' }, 'a', false],
    [{ 'anything-but': 'a' }, undefined, false],
    [{ 'anything-but': 'a' }, { b: 'c' }, false],
    [{ 'anything-but': 1 }, 2, true],
    [{ 'anything-but': 1 }, 1, false],
    [{ 'anything-but': 1 }, '1', true],
    [{ 'anything-but': ['a', 'b'] }, 'c', true],
    [{ 'anything-but': ['a', 'b'] }, 'b', false],
    [{ 'anything-but': { prefix: 'a' } }, 'ba', true],
    [{ 'anything-but': { prefix: 'a' } }, 'ab', false],
    [{ 'anything-but': { prefix: ['a', 'b'] } }, 'ba', false],
    [{ 'anything-but': { prefix: ['a', 'b'] } }, 'ca', true],
    [{ 'anything-but': { suffix: '.png' } }, 'a.gif', true],
    [{ 'anything-but': { suffix: ['.gif', '.png'] } }, 'a.png', false],
    [{ 'anything-but': { 'equals-ignore-case': 'a' } }, 'A', false],
    [{ 'anything-but': { 'equals-ignore-case': ['a', 'b'] } }, 'B', false],
    [{ 'anything-but': { 'equals-ignore-case': ['a', 'b'] } }, 'C', true],
    [{ 'anything-but': { wildcard: '*/main/*' } }, SERVICE, false],
    [{ 'anything-but': { wildcard: ['*/other/*', '*/main/*'] } }, SERVICE, false],
    [{ numeric: ['=', 3.018e2] }, 301.8, true],
    [{ numeric: ['=', 3] }, '3', false],
    [{ numeric: ['<', 10] }, 10, false],
    [{ numeric: ['<=', 10] }, 10, true],
    [{ numeric: ['>', 10] }, 10, false],
    [{ numeric: ['>=', 10] }, 10, true],
    [{ numeric: ['>', 0, '<=', 5] }, 5, true],
    [{ numeric: ['>', 0, '<=', 5] }, 0, false],
    [{ numeric: ['>', 0, '<=', 5] }, 6, false],
    [{ numeric: ['<', 1] }, undefined, false],
    [{ exists: true }, '', true],
    [{ exists: true }, null, true],
    [{ exists: true }, [1], true],
    [{ exists: true }, undefined, false],
    [{ exists: false }, undefined, true],
    [{ exists: false }, 0, false],
    [{ exists: true }, { member: 1 }, false],
    [{ exists: false }, { member: 1 }, true],
  ])('%j of %j: %s', (rule, value, matches) => {
    expect(matchesField([rule], value)).toBe(matches);
  });

  test('that looks for absence also finds it in what is absent itself', () => {
    expect(matchesPattern({ detail: { other: { deep: [{ exists: false }] } } }, event)).toBe(true);
  });

  test('is one of several: any suffices', () => {
    const rules = ['RUNNING', { prefix: 'STOP' }, { exists: false }];
    expect(['RUNNING', 'STOPPED', undefined, 'PENDING'].map((value) => matchesField(rules, value))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('matches a list where it matches any of its entries', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 })),
        fc.integer({ min: 0, max: 9 }),
        (values, limit) => {
          expect(matchesField([{ numeric: ['>', limit] }], values)).toBe(
            values.some((value) => value > limit),
          );
        },
      ),
    );
  });

  test('and its anything-but never agree on a text that is there', () => {
    const operator = fc.constantFrom('prefix', 'suffix', 'equals-ignore-case');
    const short = fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom('a', 'A', 'b') });
    fc.assert(
      fc.property(operator, short, short, (key, argument, text) => {
        const rule = { [key]: argument };
        expect(matchesField([{ 'anything-but': rule }], text)).toBe(!matchesField([rule], text));
      }),
    );
  });

  test('with wildcards takes a text apart at every star', () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom('a', '.', '?', '*', '\\', '[', '\n') }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, (texts) => {
        const wildcard = texts.map((text) => text.replace(/[\\*]/g, '\\$&')).join('*');
        expect(matchesField([{ wildcard }], texts.join('between'))).toBe(true);
        expect(matchesField([{ wildcard: `${wildcard}!` }], texts.join('between'))).toBe(false);
      }),
    );
  });
});

describe('$or', () => {
  const either = { source: ['aws.ecs'], $or: [{ detail: { a: [1] } }, { detail: { b: [1] } }] };

  test.each([
    [{ source: 'aws.ecs', detail: { a: 1 } }, true],
    [{ source: 'aws.ecs', detail: { b: 1 } }, true],
    [{ source: 'aws.ecs', detail: { c: 1 } }, false],
    [{ source: 'aws.rds', detail: { a: 1 } }, false],
  ])('%j: %s', (found, matches) => {
    expect(matchesPattern(either, found)).toBe(matches);
  });

  test('has its place at any depth', () => {
    const pattern = { detail: { $or: [{ a: [{ exists: true }] }, { b: ['x'] }] } };
    expect(matchesPattern(pattern, { detail: { b: 'x' } })).toBe(true);
    expect(matchesPattern(pattern, { detail: { b: 'y' } })).toBe(false);
  });
});

describe('a pattern that is deployed', () => {
  test.each<[what: string, pattern: unknown, message: string]>([
    ['behind a key that decides', { source: ['x'], detail: { a: [{ cidr: '10.0.0.0/24' }] } }, "'cidr'"],
    ['behind a value that decides', { source: ['x', { like: 'y' }] }, "'like'"],
    ['within $or', { $or: [{ a: ['x'] }, { b: [{ cidr: '10.0.0.0/24' }] }] }, "'cidr'"],
    ['within anything-but', { a: [{ 'anything-but': { cidr: '10.0.0.0/24' } }] }, "'cidr'"],
    ['of numbers', { a: [{ numeric: ['>', 0, '!=', 5] }] }, "'!='"],
  ])('cannot have an unknown operator %s', (_what, pattern, message) => {
    expect(() => checkPattern(pattern)).toThrow(RangeError);
    expect(() => checkPattern(pattern)).toThrow(message);
  });

  test('cannot have a value that is no list', () => {
    expect(() => checkPattern({ detail: { eventName: 'x' } })).toThrow(
      "'eventName' must be an object or an array",
    );
  });

  test('can have every operator that matching knows', () => {
    const rules = [
      null,
      1,
      { prefix: 'a' },
      { suffix: { 'equals-ignore-case': 'a' } },
      { 'equals-ignore-case': 'a' },
      { wildcard: 'a*' },
      { 'anything-but': ['a'] },
      { 'anything-but': { prefix: ['a'] } },
      { numeric: ['>', 0, '<=', 5] },
      { exists: false },
    ];
    expect(() => checkPattern({ detail: { $or: [{ a: rules }, { b: rules }] } })).not.toThrow();
  });
});
