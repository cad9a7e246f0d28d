import type { Plan, RunRecord } from '../../../schemas/run.ts';

/** The record of a run that has just begun. */
export function aRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    run: {
      id: '4651faab-1258-42f9-a754-03a39f769e8f',
      arn: 'arn:aws:states:us-east-1:123456789012:execution:nightshift-roll-back-service:4651faab-1258-42f9-a754-03a39f769e8f',
      runbook: 'roll-back-service',
      startedAt: '2026-11-21T03:00:00Z',
      dryRun: false,
      trigger: { kind: 'person' },
    },
    target: 'service/api',
    phase: 'plan',
    acted: false,
    checks: [],
    joined: 0,
    ...change,
  };
}

/** A plan with one action and one warning. */
export function aPlan(): Plan {
  return {
    runbook: 'roll-back-service',
    target: 'service/api',
    summary: 'api goes back to api:1.',
    observed: {},
    changes: [],
    actions: [
      {
        id: 'update',
        title: 'Update api to api:1',
        call: 'ecs:UpdateService',
        resource: 'api',
        parameters: {},
        reversible: true,
        undo: 'Update it to api:2.',
        expectedSeconds: 60,
        costUsd: 0,
      },
    ],
    warnings: ['The database is ahead.'],
    hash: '0123456789abcdef0123456789abcdef',
  };
}
