import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { type ConfigError, defineConfig } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { serviceTarget } from '../../../lib/config/targets.ts';
import { BURN_RATE_DEFAULTS } from '../../../schemas/gate.ts';
import { READINESS_DEFAULTS } from '../../../schemas/readiness.ts';
import { ServiceTarget } from '../../../schemas/target.ts';

const config = (more: object) =>
  defineConfig({
    services: { api: { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com', ...more } },
  } as NightshiftConfigInput);
function target(more: object): ServiceTarget {
  const made = serviceTarget(new Stack(new App(), 'stack'), config(more), 'api');
  // As it is stored and read.
  expect(ServiceTarget.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
  return made;
}
function problems(more: object): readonly string[] {
  try {
    config(more);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('the readiness of a service', () => {
  it('has defaults, and is resolved in seconds', () => {
    expect(target({}).readiness).toEqual(READINESS_DEFAULTS);
    expect(
      target({ readiness: { snapshotHours: 1.5, lockHours: 2, mayBeUnknown: ['image'] } }).readiness,
    ).toEqual({
      snapshotMaxAgeSeconds: 5400,
      lockMaxAgeSeconds: 7200,
      mayBeUnknown: ['image'],
    });
  });

  it('names the question that was meant', () => {
    expect(problems({ readiness: { mayBeUnknown: ['images'] } })).toEqual([
      expect.stringMatching(
        /services\.api\.readiness\.mayBeUnknown\[0\]: found "images"; .* Did you mean "image"\?/,
      ),
    ]);
  });
});

describe('the gate of a service', () => {
  it('is not there where it is not declared', () => {
    expect(target({})).not.toHaveProperty('gate');
  });

  it('is resolved with its ages in seconds, and with the budget as a check of its own', () => {
    const gate = {
      requires: [
        { check: 'unit-tests', maxAgeMinutes: 90, evenInEmergency: true },
        { check: 'staging-migrated' },
        { check: 'rollback-ready' },
        { check: 'drill-passed', mayBeUnknown: true },
      ],
      errorBudget: { objectivePercent: 99.9 },
    };
    expect(target({ gate, thresholds: { minimumRequests: 7 } }).gate).toEqual({
      requires: [
        { check: 'unit-tests', maxAgeSeconds: 5400, mayBeUnknown: false, evenInEmergency: true },
        { check: 'staging-migrated', maxAgeSeconds: 86_400, mayBeUnknown: false, evenInEmergency: false },
        { check: 'rollback-ready', maxAgeSeconds: 1800, mayBeUnknown: false, evenInEmergency: false },
        { check: 'drill-passed', maxAgeSeconds: 86_400, mayBeUnknown: true, evenInEmergency: false },
        { check: 'error-budget', maxAgeSeconds: 86_400, mayBeUnknown: false, evenInEmergency: false },
      ],
      errorBudget: {
        objectivePercent: 99.9,
        windowDays: 30,
        minimumRequests: 7,
        coverage: 0.5,
        burnRates: BURN_RATE_DEFAULTS,
      },
    });
  });

  it('says itself how the budget is required, where that is written', () => {
    const { gate } = target({
      gate: {
        requires: [{ check: 'error-budget', mayBeUnknown: true }],
        errorBudget: { objectivePercent: 99.95 },
      },
    });
    expect(gate?.requires).toMatchObject([{ check: 'error-budget', mayBeUnknown: true }]);
  });

  it.each([
    ['asks for nothing', {}, /services\.api\.gate: .*must require something/],
    [
      'requires a check twice',
      { requires: [{ check: 'tests' }, { check: 'tests' }] },
      /gate\.requires: .*must name each check once/,
    ],
    [
      'has a name that is none',
      { requires: [{ check: 'Unit tests' }] },
      /gate\.requires\[0\]\.check: found "Unit tests"; must be a name/,
    ],
    [
      'gives an age to what is looked at when it is asked for',
      { requires: [{ check: 'drill-passed', maxAgeMinutes: 5 }] },
      /gate\.requires\[0\]\.maxAgeMinutes: .*not for metrics-healthy, drill-passed, error-budget/,
    ],
    [
      'requires a budget that it does not have',
      { requires: [{ check: 'error-budget' }] },
      /gate\.errorBudget: it is missing; must be given/,
    ],
    [
      'promises that nothing fails',
      { errorBudget: { objectivePercent: 100 } },
      /objectivePercent: found 100; must be less than 100/,
    ],
    [
      'promises too exactly',
      { errorBudget: { objectivePercent: 99.99999 } },
      /objectivePercent: .*(four digits|less than 100)/,
    ],
    [
      'looks further back than CloudWatch is asked',
      { errorBudget: { objectivePercent: 99, windowDays: 31 } },
      /windowDays: found 31/,
    ],
    [
      'has a short window that is long',
      { errorBudget: { objectivePercent: 99, burnRates: [{ longMinutes: 60, shortMinutes: 60, rate: 2 }] } },
      /burnRates\[0\]\.shortMinutes: found 60; must be shorter than longMinutes/,
    ],
    [
      'has a window between periods',
      { errorBudget: { objectivePercent: 99, burnRates: [{ longMinutes: 60, shortMinutes: 7, rate: 2 }] } },
      /shortMinutes: found 7; must be a multiple of 5/,
    ],
  ])('is refused where it %s', (_how, gate, problem) => {
    expect(problems({ gate }).join('\n')).toMatch(problem);
  });

  it.each([[99.9], [99.95], [99.99], [99.9999], [99.7], [50]])(
    'takes an objective of %d %%',
    (objectivePercent) => {
      expect(problems({ gate: { errorBudget: { objectivePercent } } })).toEqual([]);
    },
  );
});
