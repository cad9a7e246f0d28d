import { type Binding, LONG_SECONDS, SHORT_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

/** All services, one after the other in small groups. */
const WATCH_SECONDS = 600;
const WATCH_MEGABYTES = 512;

const lookingAtReadiness = (all: Grants) => [
  all.audit,
  all.readHistory,
  all.readSwitch,
  all.readDatabaseTargets,
  all.describeServices,
  all.listDeployments,
  all.describeRevisions,
  all.describeTaskDefinitions,
  all.readImages,
  all.describeSnapshots,
  all.readLock,
  all.describeAnySecret,
  all.findParameters,
  all.simulatePolicies,
];

/** Steps that look whether a service could be rolled back, and whether it may be changed. */
export const READINESS_STEPS = {
  planChecks: {
    entry: 'run/plan-checks',
    description: 'Writes down what will be looked at',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun],
  },
  checkReadiness: {
    entry: 'readiness/check-readiness',
    description: 'Looks whether a service could be rolled back now',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable', 'historyTable'],
    grants: (all) => [...lookingAtReadiness(all), all.updateRun],
  },
  checkGate: {
    entry: 'gate/check-gate',
    description: 'Looks whether a service may be changed now',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [all.audit, all.readRun, all.readMetrics, all.describeAlarms, all.readDatabaseTargets],
  },
  requireGate: {
    entry: 'gate/require-gate',
    description: 'Refuses where the gate is closed',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun],
  },
} satisfies Record<string, Binding>;

/** Steps for services that are looked at all the time. */
export const WATCH_STEPS = {
  watchReadiness: {
    entry: 'readiness/watch-readiness',
    description: 'Looks whether all services could be rolled back now',
    timeoutSeconds: WATCH_SECONDS,
    memoryMegabytes: WATCH_MEGABYTES,
    environment: ['deployment', 'runTable', 'lockTable', 'historyTable'],
    grants: (all) => [...lookingAtReadiness(all), all.listServiceTargets],
  },
} satisfies Record<string, Binding>;
