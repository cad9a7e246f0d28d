import { acting } from './acting.ts';
import { type Binding, LONG_SECONDS, LONGEST_SECONDS, SHORT_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

/** A keeper ends sessions and waits for tasks to go. */
const PATIENT_SECONDS = 300;

/** What every step needs that asks a keeper. */
const asking = (all: Grants) => [all.askKeepers, all.describeSecrets];

/** Steps of rotations; none of them sees a value. */
export const SECRET_STEPS = {
  inspectSecrets: {
    entry: 'secrets/inspect-secrets',
    description: 'Looks at secrets, at what they open, and at who uses them',
    timeoutSeconds: PATIENT_SECONDS,
    environment: ['deployment', 'runTable', 'keepers'],
    grants: (all) => [
      all.audit,
      ...asking(all),
      all.readRun,
      all.readSecretTargets,
      all.readServices,
      all.listTargets,
      all.describeServices,
      all.describeTaskDefinitions,
    ],
  },
  planRotation: {
    entry: 'secrets/plan-rotation',
    description: 'Writes down what a rotation would do',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'keepers'],
    grants: (all) => [all.audit, all.updateRun],
  },
  startRotations: {
    entry: 'secrets/start-rotations',
    description: 'Asks Secrets Manager to rotate the secrets of one wave',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [...acting(all), ...asking(all), all.rotateSecrets, all.moveLabels],
  },
  awaitRotations: {
    answersTokens: true,
    entry: 'secrets/await-rotations',
    description: 'Parks a run until secrets have been rotated',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.readRun, all.parkedWaits, all.describeSecrets],
  },
  redeployConsumers: {
    entry: 'ecs/redeploy-consumers',
    description: 'Replaces the tasks of the services that use a secret',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [
      ...acting(all),
      all.readServices,
      all.listTargets,
      all.describeServices,
      all.describeSecrets,
      all.updateServices,
    ],
  },
  proveAdoption: {
    entry: 'secrets/prove-adoption',
    description: 'Proves that every consumer uses the new value',
    timeoutSeconds: LONGEST_SECONDS,
    environment: ['deployment', 'runTable', 'keepers'],
    grants: (all) => [
      all.audit,
      all.readRun,
      ...asking(all),
      all.readServices,
      all.listTargets,
      all.describeServices,
    ],
  },
  retireOldValues: {
    entry: 'secrets/retire-old-values',
    description: 'Takes away what old values opened',
    timeoutSeconds: PATIENT_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable', 'keepers'],
    grants: (all) => [...acting(all), ...asking(all)],
  },
  putBackValues: {
    entry: 'secrets/put-back-values',
    description: 'Makes earlier values good again, and current',
    timeoutSeconds: PATIENT_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable', 'keepers'],
    grants: (all) => [...acting(all), ...asking(all), all.moveLabels],
  },
  verifyPutBack: {
    entry: 'secrets/verify-put-back',
    description: 'Looks whether services run well with the earlier values',
    timeoutSeconds: PATIENT_SECONDS,
    environment: ['deployment', 'runTable', 'keepers'],
    grants: (all) => [
      all.audit,
      all.readRun,
      ...asking(all),
      all.readServices,
      all.listTargets,
      all.describeServices,
    ],
  },
  recordRotation: {
    entry: 'secrets/record-rotation',
    description: 'Keeps who rotated which version, and when the next is due',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readRun, all.describeSecrets],
  },
  lookAfterSecrets: {
    entry: 'secrets/look-after-secrets',
    description: 'Starts the retirement of old values, and counts the days since rotations',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.readLock,
      all.findSecrets,
      all.readRotationRunbook,
      all.readSwitch,
      all.describeSecrets,
      all.startRotations,
    ],
  },
} satisfies Record<string, Binding>;
