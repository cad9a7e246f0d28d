import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** Longest wait for a deployment over all declared services: the state's own limit. */
const longestWait = (config: NightshiftConfig) =>
  // Step Functions takes whole seconds alone.
  Math.ceil(
    Math.max(...Object.values(config.services).map(({ steadyTimeoutMinutes }) => steadyTimeoutMinutes * 60)),
  );

/**
 * A release is bad: bring the service back to the last revision that ran healthy for its bake time, and prove that it is
 * well again. When only configuration changed since then, that is what is reverted; the image stays.
 */
export function rollBackService(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'RollBackService', {
    name: 'roll-back-service',
    summary:
      'Brings an ECS service back to the last revision that ran healthy for its bake time, and verifies it with fresh evidence.',
    targetKind: 'service',
    triggers: ['alarm of the service', 'ECS event SERVICE_TASK_START_IMPAIRED', 'by hand'],
    config,
    steps,
    plan: [
      { step: 'inspectService', writes: 'service' },
      { step: 'findLastGoodRevision', reads: ['service'], writes: 'lastGood' },
      { step: 'readMigrationHead', writes: 'migrationHead' },
      { step: 'planRollback', reads: ['service', 'lastGood', 'migrationHead'], writes: 'plan' },
    ],
    act: [
      { step: 'rollServiceBack', reads: ['service', 'plan'], writes: 'act' },
      { step: 'awaitSteadyService', reads: ['act'], writes: 'steady', waitsSeconds: longestWait(config) },
    ],
    verify: [
      { pause: 'observe', secondsPath: '$.target.observeSeconds' },
      { step: 'probeHealth', writes: evidenceKey('probe-health') },
      { step: 'measureErrorRatio', reads: ['steady'], writes: evidenceKey('measure-error-ratio') },
    ],
    // The release it came from is the bad one: there is nothing better to go back to. A second failure calls a person.
  });
}
