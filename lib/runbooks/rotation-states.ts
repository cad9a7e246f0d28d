import { evidenceKey } from '../runbook/definition.ts';
import type { RunbookGroup, RunbookStep } from '../runbook/runbook.ts';

/** Longest that Secrets Manager may take for one wave: it tries a failed rotation again after minutes. Seconds. */
const ROTATION_SECONDS = 3600;
/** Longest that tasks may take to be replaced, in seconds. */
const CONSUMERS_SECONDS = 3600;

/** Secrets that are rotated at the same time. */
export const wave = (number: number): RunbookStep[] => [
  {
    step: 'startRotations',
    as: `start-rotations-${number}`,
    reads: ['plan'],
    gives: { wave: number },
    writes: `rotating${number}`,
  },
  {
    step: 'awaitRotations',
    as: `await-rotations-${number}`,
    reads: [{ as: 'awaited', path: `$.rotating${number}` }],
    writes: `rotated${number}`,
    waitsSeconds: ROTATION_SECONDS,
  },
];

/** ECS gives tasks their secrets when they start, and never again. */
export const redeploying: RunbookGroup = {
  when: { path: '$.plan.observed.redeploys', equals: true },
  steps: [
    { step: 'redeployConsumers', reads: ['plan'], writes: 'redeployed' },
    {
      step: 'awaitConsumers',
      as: 'await-redeployed-consumers',
      reads: [{ as: 'awaited', path: '$.redeployed' }],
      writes: 'serving',
      waitsSeconds: CONSUMERS_SECONDS,
    },
  ],
};

/** Every consumer has to be seen to use the new value. */
export const provingAdoption: readonly RunbookStep[] = [
  { step: 'proveAdoption', reads: ['plan'], writes: evidenceKey('prove-adoption') },
  { step: 'probeConsumers', reads: ['plan'], writes: evidenceKey('probe-consumers') },
];

/** Only what nobody needs any more is retired; whoever still needed it shows right afterwards. */
export const retiring: RunbookGroup = {
  when: { path: '$.plan.observed.retires', equals: true },
  steps: [
    {
      step: 'retireOldValues',
      reads: ['plan', { as: 'probes', path: `$.${evidenceKey('probe-consumers')}` }],
      writes: 'retired',
    },
    // What held the old value as a part, such as a ring of keys, does so until it has the value without it.
    {
      step: 'redeployConsumers',
      as: 'redeploy-after-retirement',
      reads: ['plan', 'retired'],
      writes: 'redeployedAfterwards',
    },
    {
      step: 'awaitConsumers',
      as: 'await-after-retirement',
      reads: [{ as: 'awaited', path: '$.redeployedAfterwards' }],
      writes: 'servingAfterwards',
      waitsSeconds: CONSUMERS_SECONDS,
    },
    {
      step: 'probeConsumers',
      as: 'probe-consumers-again',
      reads: ['plan'],
      writes: evidenceKey('probe-consumers-again'),
    },
  ],
};

/** The same when something was put back. */
export const redeployingAgain: readonly RunbookStep[] = [
  {
    step: 'redeployConsumers',
    as: 'redeploy-consumers-again',
    reads: ['plan'],
    gives: { undo: true },
    writes: 'redeployedAgain',
  },
  {
    step: 'awaitConsumers',
    as: 'await-consumers-again',
    reads: [{ as: 'awaited', path: '$.redeployedAgain' }],
    writes: 'servingAgain',
    waitsSeconds: CONSUMERS_SECONDS,
  },
];

/** The value first, in the database or service; then the label; then the consumers. */
export const takingBack: readonly RunbookStep[] = [
  { step: 'putBackValues', reads: ['plan'], gives: { undo: true }, writes: 'takenBack' },
  ...redeployingAgain,
  { step: 'verifyPutBack', reads: ['plan'], writes: 'undone' },
];

/** Also of a rotation that was taken back or not proved: it learns all from action records and from Secrets Manager. */
export const recording: readonly RunbookStep[] = [{ step: 'recordRotation', reads: ['plan'] }];
