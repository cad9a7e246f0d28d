import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFaults, parseFault } from '../../../sandbox/faults/faults.ts';

describe('a fault written on the command line', () => {
  test.each([
    ['ecs:UpdateService=timeout-after', { call: 'ecs:UpdateService', effect: 'timeout-after' }],
    ['ecs:*#1,3=throttle', { call: 'ecs:*', effect: 'throttle', occurrences: [1, 3] }],
    [
      'events:ECS Deployment State Change=late:30',
      { call: 'events:ECS Deployment State Change', effect: 'late:30' },
    ],
    [
      'lambda:*=error:Lambda.TooManyRequestsException',
      { call: 'lambda:*', effect: 'error:Lambda.TooManyRequestsException' },
    ],
    ['events:*=lose', { call: 'events:*', effect: 'lose' }],
    ['rds-lifecycle:snapshot=fail', { call: 'rds-lifecycle:snapshot', effect: 'fail' }],
    [
      'rds-lifecycle:restore#2=storage-full',
      { call: 'rds-lifecycle:restore', effect: 'storage-full', occurrences: [2] },
    ],
    ['rds-lifecycle:*=hang', { call: 'rds-lifecycle:*', effect: 'hang' }],
    ['elasticache-lifecycle:modify=fail', { call: 'elasticache-lifecycle:modify', effect: 'fail' }],
    ['secrets-manager:stale-*=late:20', { call: 'secrets-manager:stale-*', effect: 'late:20' }],
  ])('%s is read', (text, rule) => {
    expect(parseFault(text)).toEqual(rule);
  });

  test.each([
    '',
    'ecs:UpdateService',
    'ecs:UpdateService=explode',
    '=throttle',
    'ecs:X#0=throttle',
    'ecs:X=late',
    'ecs:X=lose',
    'ecs:X=fail',
    'rds:CreateDBSnapshot=hang',
    'rds-lifecycle:restore=throttle',
    'rds-lifecycle:snapshot=storage-full',
    'rds-lifecycle:*=storage-full',
    'rds-lifecycle:delete=fail',
    'elasticache-lifecycle:modify=storage-full',
    'elasticache-lifecycle:rename=fail',
    'secrets-manager:stale-reads=throttle',
    'secrets-manager:GetSecretValue=late:20',
  ])("'%s' is refused with what is allowed", (text) => {
    expect(() => parseFault(text)).toThrow(RangeError);
  });
});

describe('faults in force', () => {
  test('strike calls that match, until removed', () => {
    const faults = createFaults([{ call: 'ecs:*', effect: 'throttle' }]);
    const remove = faults.add({ call: 'sns:Publish', effect: 'timeout' });
    expect(faults.next('ecs:UpdateService')).toBe('throttle');
    expect(faults.next('sns:Publish')).toBe('timeout');
    expect(faults.next('sns:Subscribe')).toBeUndefined();
    remove();
    remove();
    expect(faults.next('sns:Publish')).toBeUndefined();
    expect(faults.next('ecs:UpdateService')).toBe('throttle');
  });

  test('the rule that was there first decides', () => {
    const faults = createFaults([
      { call: 'ecs:*', effect: 'throttle', occurrences: [2] },
      { call: 'ecs:UpdateService', effect: 'timeout' },
    ]);
    expect(
      ['ecs:UpdateService', 'ecs:UpdateService', 'ecs:UpdateService'].map((call) => faults.next(call)),
    ).toEqual(['timeout', 'throttle', 'timeout']);
  });

  test('strike exactly the occurrences asked for, counting only calls that match', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        fc.array(fc.constantFrom('ecs:UpdateService', 'ecs:DescribeServices'), { maxLength: 40 }),
        (occurrences, calls) => {
          const faults = createFaults([{ call: 'ecs:UpdateService', effect: 'throttle', occurrences }]);
          let seen = 0;
          for (const call of calls) {
            const counts = call === 'ecs:UpdateService';
            if (counts) seen += 1;
            expect(faults.next(call)).toBe(counts && occurrences.includes(seen) ? 'throttle' : undefined);
          }
        },
      ),
    );
  });

  test('are refused when there is no such effect', () => {
    expect(() => createFaults([{ call: '*', effect: 'explode' }])).toThrow("'explode' is not an effect");
  });
});
