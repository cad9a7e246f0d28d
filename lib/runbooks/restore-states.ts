import type { NightshiftConfig } from '../config/schema.ts';
import type { RunbookGroup, RunbookStep } from '../runbook/runbook.ts';

/** Longest that a rename may take, in seconds; minutes, as a rule. */
const RENAME_SECONDS = 3600;
/** Longest that tasks may take to stop or to start, in seconds. */
const CONSUMERS_SECONDS = 3600;

/** Longest that an instance may take to become available, over all declared databases, in seconds. */
export const restoreSeconds = ({ databases }: NightshiftConfig): number =>
  Math.ceil(Math.max(...Object.values(databases).map(({ restore }) => restore.timeoutMinutes * 60)));

/** A new instance from the recovery point, as the original was, with the passwords of today. */
export const restoring = (waitsSeconds: number): readonly RunbookStep[] => [
  { step: 'restoreInstance', reads: ['situation', 'recoveryPoint', 'plan'], writes: 'restored' },
  {
    step: 'awaitInstance',
    as: 'await-restored-instance',
    reads: [{ as: 'awaited', path: '$.restored' }],
    writes: 'available',
    waitsSeconds,
  },
  { step: 'settleInstance', patient: true, reads: ['situation', 'plan', 'available'], writes: 'settling' },
  {
    step: 'awaitInstance',
    as: 'await-settled-instance',
    reads: [{ as: 'awaited', path: '$.settling' }],
    writes: 'settled',
    waitsSeconds,
  },
  { step: 'restorePasswords', reads: ['plan', 'settled'], writes: 'passwords' },
];

/** Proves what was restored before anything depends on it: a restore that is not good goes no further. */
export const proving: RunbookStep = {
  step: 'proveRestore',
  reads: ['recoveryPoint', 'settled', 'plan'],
  gives: { required: true },
  writes: 'proof',
};

/** Stops whoever uses the database, and makes sure that nobody does. */
export const stoppingTraffic: readonly RunbookStep[] = [
  { step: 'stopConsumers', reads: ['plan'], writes: 'stopped' },
  {
    step: 'awaitConsumers',
    as: 'await-stopped-consumers',
    reads: [{ as: 'awaited', path: '$.stopped' }],
    writes: 'quiet',
    waitsSeconds: CONSUMERS_SECONDS,
  },
  { step: 'endSessions', reads: ['plan'], writes: 'ended' },
];

/** The two renames: the original out of its name, the restored one into it. */
export const swapping: readonly RunbookStep[] = [
  {
    step: 'nameInstance',
    as: 'rename-original',
    patient: true,
    reads: ['plan'],
    gives: { which: 'original', name: 'aside' },
    writes: 'setAside',
  },
  {
    step: 'awaitInstance',
    as: 'await-renamed-original',
    reads: [{ as: 'awaited', path: '$.setAside' }],
    writes: 'aside',
    waitsSeconds: RENAME_SECONDS,
  },
  {
    step: 'nameInstance',
    as: 'rename-restored',
    patient: true,
    reads: ['plan'],
    gives: { which: 'restored', name: 'declared' },
    writes: 'putIn',
  },
  {
    step: 'awaitInstance',
    as: 'await-renamed-restored',
    reads: [{ as: 'awaited', path: '$.putIn' }],
    writes: 'inPlace',
    waitsSeconds: RENAME_SECONDS,
  },
];

export const reopeningTraffic: readonly RunbookStep[] = [
  { step: 'startConsumers', reads: ['plan'], writes: 'started' },
  {
    step: 'awaitConsumers',
    as: 'await-started-consumers',
    reads: [{ as: 'awaited', path: '$.started' }],
    writes: 'serving',
    waitsSeconds: CONSUMERS_SECONDS,
  },
];

/** The way back from wherever a swap stands. Each state does nothing where nothing is to be undone. */
export const undoing: readonly RunbookStep[] = [
  {
    step: 'nameInstance',
    as: 'rename-restored-back',
    patient: true,
    reads: ['plan'],
    gives: { which: 'restored', name: 'beside', undo: true },
    writes: 'takenOut',
  },
  {
    step: 'awaitInstance',
    as: 'await-restored-back',
    reads: [{ as: 'awaited', path: '$.takenOut' }],
    writes: 'beside',
    waitsSeconds: RENAME_SECONDS,
  },
  {
    step: 'nameInstance',
    as: 'rename-original-back',
    patient: true,
    reads: ['plan'],
    gives: { which: 'original', name: 'declared', undo: true },
    writes: 'putBack',
  },
  {
    step: 'awaitInstance',
    as: 'await-original-back',
    reads: [{ as: 'awaited', path: '$.putBack' }],
    writes: 'back',
    waitsSeconds: RENAME_SECONDS,
  },
  {
    step: 'nameInstance',
    // Both have their names again: nothing is half-way any more.
    as: 'forget-swap',
    patient: true,
    reads: ['plan'],
    gives: { which: 'original', name: 'declared', undo: true },
    writes: 'forgotten',
  },
  {
    step: 'startConsumers',
    as: 'restart-consumers',
    reads: ['plan'],
    gives: { undo: true },
    writes: 'restarted',
  },
  {
    step: 'awaitConsumers',
    as: 'await-restarted-consumers',
    reads: [{ as: 'awaited', path: '$.restarted' }],
    writes: 'undone',
    waitsSeconds: CONSUMERS_SECONDS,
  },
];

/** Only where the plan says so. */
export const when = (flag: string, steps: RunbookGroup['steps']): RunbookGroup => ({
  when: { path: `$.plan.observed.${flag}`, equals: true },
  steps,
});
