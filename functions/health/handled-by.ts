/** What a finding is about. */
export type CheckKind =
  | 'answer'
  | 'latency'
  | 'certificate'
  | 'name'
  | 'correlation'
  | 'payload'
  | 'error ratio'
  | 'metrics'
  | 'cloudwatch'
  | 'heartbeat'
  | 'tasks'
  | 'no tasks'
  | 'deployment'
  | 'restarts'
  | 'secret'
  | 'connectivity'
  | 'server version'
  | 'connections'
  | 'migration head'
  | 'cache'
  | 'snapshot'
  | 'drill'
  | 'readiness'
  | 'gate';

/** Which runbook handles what; null where a person has to look until there is one. */
export const HANDLED_BY: Readonly<Record<CheckKind, string | null>> = {
  // What ran well for days and does not now has mostly been changed.
  answer: 'roll-back-service',
  'error ratio': 'roll-back-service',
  tasks: 'roll-back-service',
  deployment: 'roll-back-service',
  restarts: 'roll-back-service',
  // No revision brings back what somebody took away.
  'no tasks': null,
  latency: null,
  certificate: null,
  name: null,
  correlation: null,
  payload: null,
  metrics: null,
  cloudwatch: null,
  heartbeat: null,
  connectivity: 'validate-database',
  'server version': 'validate-database',
  'migration head': 'recover-migration',
  secret: null,
  connections: null,
  cache: null,
  snapshot: 'snapshot-database',
  drill: 'restore-drill',
  readiness: null,
  gate: null,
};
