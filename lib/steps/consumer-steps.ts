import { type Binding, LONG_SECONDS, SHORT_SECONDS } from './binding.ts';

/** Steps about the services that use a database or a secret. */
export const CONSUMER_STEPS = {
  awaitConsumers: {
    answersTokens: true,
    entry: 'ecs/await-consumers',
    description: 'Parks a run until services have stopped, started, or been deployed anew',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.parkedWaits, all.describeServices],
  },
  probeConsumers: {
    entry: 'http/probe-consumers',
    description: 'Probes the services that use a database or a secret',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.readServices,
      all.listTargets,
      all.describeServices,
      all.readScaling,
    ],
  },
} satisfies Record<string, Binding>;
