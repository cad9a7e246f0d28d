import type { Action, Change } from '../../schemas/run.ts';
import type { DatabaseTarget } from '../../schemas/target.ts';
import { InvalidInput, PreconditionFailed, Refused } from '../errors.ts';
import { carryOver } from './carry-over.ts';
import { instanceName } from './instance-name.ts';
import { type ExpectedSeconds, hourlyUsd } from './restore-estimates.ts';
import { KEPT_HOURS } from './restore-request.ts';
import type { InspectedInstance, Loss, RecoveryPoint, Situation, UnfinishedSwap } from './state.ts';
import type { SwapNames } from './swap-position.ts';

export interface RestoreQuestion {
  readonly runId: string;
  readonly target: Pick<DatabaseTarget, 'name' | 'instance' | 'consumers' | 'masterSecretArn' | 'secretArn'>;
  readonly situation: Situation;
  readonly recoveryPoint: RecoveryPoint;
  readonly loss: Loss;
  readonly mode: 'beside' | 'swap';
  /** What was asked to become of a swap that is half-way. */
  readonly unfinished: 'finish' | 'undo' | undefined;
  readonly expected: ExpectedSeconds;
}

/** Which groups of states run, and the names that they work with. */
export interface RestoreDecision {
  readonly summary: string;
  readonly restores: boolean;
  readonly swaps: boolean;
  readonly undoes: boolean;
  readonly names: SwapNames;
  readonly changes: readonly Change[];
  readonly actions: readonly Action[];
  readonly warnings: readonly string[];
}

const RENAME_SECONDS = 180;
const CONSUMER_SECONDS = 120;
const NO_CHANGE = 'Nothing was changed.';

/**
 * Decides what a restore would do: which instance is made of what, with which settings, and whether it takes the original's place; or
 * how a swap that was left half-way ends.
 *
 * @throws Refused, PreconditionFailed or InvalidInput where nothing may be done; each says what to do instead
 */
export function decideRestore(question: RestoreQuestion): RestoreDecision {
  const { situation, recoveryPoint } = question;
  if (recoveryPoint.kind !== 'none') return newRestore(question);
  if (situation.unfinishedSwap === null)
    throw new InvalidInput(`There is nothing to restore from and no swap to end. ${NO_CHANGE}`);
  // Services are stopped for it, and which way is right only a person knows: it has to be asked for.
  if (question.unfinished === undefined) throw chooseTheWay(question.target, situation.unfinishedSwap);
  return question.unfinished === 'finish'
    ? finishSwap(question, situation.unfinishedSwap)
    : undoSwap(question, situation.unfinishedSwap);
}

function chooseTheWay({ name }: Pick<DatabaseTarget, 'name'>, swap: UnfinishedSwap): Refused {
  return new Refused(
    `The run ${swap.run} left a swap of ${name} half-way: ${positions(swap)}. ${NO_CHANGE} Start restore-database again with {"database":"${name}","unfinished":"finish"} to put the restored data in place, or with "undo" to go back to the original.`,
    { run: swap.run },
  );
}

function newRestore(question: RestoreQuestion): RestoreDecision {
  const { runId, target, situation, recoveryPoint, loss, mode, expected } = question;
  const declared = target.instance.toLowerCase();
  const { instance, unfinishedSwap } = situation;
  const original = instance ?? unfinishedSwap?.original ?? null;
  if (mode === 'swap') requireSwappable(question);
  const restored = instanceName(declared, 'restored', runId);
  const aside = instanceName(declared, 'before', runId);
  const names: SwapNames = {
    original: { identifier: original?.identifier ?? declared, resourceId: original?.resourceId ?? '' },
    restored: { identifier: restored, resourceId: null },
    aside,
  };
  const carried =
    original === null
      ? { restore: {}, modify: {}, changes: [], lost: [] }
      : carryOver(original.settings, { ...recoveryPoint, engineVersion: original.engineVersion });
  const from =
    recoveryPoint.kind === 'time'
      ? `${original?.identifier ?? declared} as it was at ${clock(recoveryPoint.at)}`
      : `the snapshot ${recoveryPoint.snapshot} (data of ${clock(recoveryPoint.at)})`;
  const seconds = expected.seconds;
  const inMinutes = `about ${minutes(seconds)}${expected.runs === 0 ? ', which is an estimate of AWS for a first restore' : `, the median of ${expected.runs} earlier ${expected.runs === 1 ? 'run' : 'runs'}`}`;
  const hourly = original === null ? 0 : hourlyUsd(original.settings);
  return {
    summary: [
      `Restores ${from} into a new instance ${restored} beside ${declared}, in ${inMinutes}.`,
      mode === 'swap'
        ? `Then it takes the place of ${declared}: ${consumersOf(target)} stopped, ${declared} is renamed to ${aside} and kept, and ${restored} is renamed to ${declared}.`
        : `${declared} is not touched; the new instance is handed over.`,
      lossSentence(loss, mode),
      ...(loss.returning.length === 0 ? [] : [`What would come back: ${loss.returning.join('; ')}.`]),
    ].join(' '),
    restores: true,
    swaps: mode === 'swap',
    undoes: false,
    names,
    changes: carried.changes,
    actions: [
      restoreAction(question, restored, original, carried.restore, from, seconds, hourly),
      settleAction(restored, original, carried.modify),
      ...passwordActions(question, restored),
      ...(mode === 'swap' ? swapActions(target, names) : []),
      handOverAction(mode === 'swap' ? declared : restored),
    ],
    warnings: [
      ...recoveryPoint.warnings,
      ...loss.warnings,
      ...carried.lost,
      ...warningsAbout(question, original),
    ],
  };
}

/** @throws Refused or PreconditionFailed that says why nothing can take the original's place */
function requireSwappable({ target, situation }: RestoreQuestion): void {
  const { instance, unfinishedSwap } = situation;
  if (unfinishedSwap !== null) throw chooseTheWay(target, unfinishedSwap);
  if (instance === null)
    throw new PreconditionFailed(
      `There is no instance ${target.instance} whose place could be taken. ${NO_CHANGE} Restore beside, and give the new instance its name by hand.`,
    );
  if (instance.managedSecretArn !== null)
    throw new Refused(
      `RDS manages the password of ${instance.masterUsername} on ${instance.identifier} in a secret of that instance (${instance.managedSecretArn}). A restored instance gets a new secret under another name, and whoever reads the old one would soon be locked out. ${NO_CHANGE} Restore beside, let RDS manage the password of the new instance, point its users to the new secret, and move them by hand.`,
      { instance: instance.identifier },
    );
}

function finishSwap(question: RestoreQuestion, swap: UnfinishedSwap): RestoreDecision {
  const { target } = question;
  const names = namesOf(target, swap);
  const declared = target.instance.toLowerCase();
  return {
    summary: `Finishes the swap that the run ${swap.run} began and left half-way: ${positions(swap)}. ${consumersOf(target)} stopped, the original gets the name ${names.aside} and is kept, and ${swap.restored.identifier} gets the name ${declared}. Nothing is restored anew.`,
    restores: false,
    swaps: true,
    undoes: false,
    names,
    changes: [],
    actions: [
      // What has its name already is not renamed.
      ...swapActions(target, names).filter(
        ({ id }) => !(id === 'rename-original' && swap.original.identifier === names.aside),
      ),
      handOverAction(declared),
    ],
    warnings: consumerWarnings(target),
  };
}

function undoSwap(question: RestoreQuestion, swap: UnfinishedSwap): RestoreDecision {
  const { target } = question;
  const names = namesOf(target, swap);
  const declared = target.instance.toLowerCase();
  return {
    summary: `Undoes the swap that the run ${swap.run} began and left half-way: ${positions(swap)}. The original gets the name ${declared} back, the restored one is ${names.restored.identifier} again, and ${target.consumers.length === 0 ? 'nothing is started' : `${target.consumers.join(', ')} are started`}.`,
    restores: false,
    swaps: false,
    undoes: true,
    names,
    changes: [],
    actions: [
      renameAction('rename-restored-back', swap.restored, names.restored.identifier, declared),
      renameAction('rename-original-back', swap.original, declared, names.aside),
      ...target.consumers.map((name) => consumerAction('start', name)),
      handOverAction(declared),
    ],
    warnings: [
      `What was written to ${swap.restored.identifier} since the swap is not in the original.`,
      ...consumerWarnings(target),
    ],
  };
}

/** The names that the run which began the swap gave, wherever the instances stand now. */
function namesOf(
  target: Pick<DatabaseTarget, 'instance'>,
  { run, original, restored }: UnfinishedSwap,
): SwapNames {
  const declared = target.instance.toLowerCase();
  const beside =
    restored.identifier === declared ? instanceName(declared, 'restored', run) : restored.identifier;
  return {
    original: { identifier: original.identifier, resourceId: original.resourceId },
    restored: { identifier: beside, resourceId: restored.resourceId },
    aside: original.identifier === declared ? instanceName(declared, 'before', run) : original.identifier,
  };
}

/** Where the two instances of a swap stand, in words. */
function positions({ original, restored }: UnfinishedSwap): string {
  return `the original (${original.resourceId}) is called ${original.identifier}, and the restored one (${restored.resourceId}) ${restored.identifier}`;
}

function restoreAction(
  { recoveryPoint }: RestoreQuestion,
  restored: string,
  original: InspectedInstance | null,
  members: object,
  from: string,
  expectedSeconds: number,
  hourly: number,
): Action {
  const isTime = recoveryPoint.kind === 'time';
  return action({
    id: 'restore-instance',
    title: `Restore ${from} into ${restored}`,
    call: isTime ? 'rds:RestoreDBInstanceToPointInTime' : 'rds:RestoreDBInstanceFromDBSnapshot',
    resource: restored,
    parameters: {
      ...(isTime
        ? { SourceDBInstanceIdentifier: original?.identifier, RestoreTime: recoveryPoint.at }
        : { DBSnapshotIdentifier: recoveryPoint.snapshot }),
      ...members,
    },
    undo: `Delete ${restored}; nothing uses it.`,
    expectedSeconds,
    costUsd: Math.round(hourly * KEPT_HOURS.restore * 100) / 100,
  });
}

function settleAction(restored: string, original: InspectedInstance | null, members: object): Action {
  const master = original?.masterUsername || 'the master user';
  const what = [...Object.keys(members), `the password of ${master} that is in its secret today`];
  return action({
    id: 'settle-instance',
    title: `Give ${restored} what a restore does not: ${what.join(', ')}`,
    call: 'rds:ModifyDBInstance',
    resource: restored,
    parameters: { ...members },
    undo: `Delete ${restored}; nothing uses it.`,
    expectedSeconds: RENAME_SECONDS,
  });
}

function passwordActions({ target }: RestoreQuestion, restored: string): Action[] {
  if (target.masterSecretArn === undefined) return [];
  return [
    action({
      id: 'restore-passwords',
      title: `Set the password that is in the secret today on ${restored}, where the snapshot has an older one`,
      call: 'postgres:ALTER ROLE',
      resource: restored,
      parameters: { secret: target.secretArn },
      undo: `Delete ${restored}; nothing uses it.`,
      expectedSeconds: 5,
    }),
  ];
}

function swapActions(target: Pick<DatabaseTarget, 'instance' | 'consumers'>, names: SwapNames): Action[] {
  const declared = target.instance.toLowerCase();
  return [
    ...target.consumers.map((name) => consumerAction('stop', name)),
    endSessionsAction(target, names),
    renameAction('rename-original', names.original, names.aside, declared),
    renameAction('rename-restored', names.restored, declared, names.restored.identifier),
    ...target.consumers.map((name) => consumerAction('start', name)),
  ];
}

export function endSessionsAction(
  { instance }: Pick<DatabaseTarget, 'instance'>,
  { original }: SwapNames,
): Action {
  return action({
    id: 'end-sessions',
    title: `End the client sessions that are left on ${instance.toLowerCase()}`,
    call: 'postgres:pg_terminate_backend',
    resource: original.resourceId,
    parameters: {},
    undo: 'Clients connect again.',
    expectedSeconds: 10,
  });
}

function renameAction(
  id: string,
  { identifier, resourceId }: { identifier: string; resourceId: string | null },
  to: string,
  back: string,
): Action {
  return action({
    id,
    title: `Rename ${identifier} to ${to}`,
    call: 'rds:ModifyDBInstance',
    resource: resourceId ?? identifier,
    parameters: { NewDBInstanceIdentifier: to, ApplyImmediately: true },
    undo: `Rename it to ${back} again.`,
    expectedSeconds: RENAME_SECONDS,
  });
}

export function consumerAction(what: 'stop' | 'start', name: string): Action {
  return action({
    id: `${what}-${name}`,
    title: what === 'stop' ? `Stop the tasks of ${name}` : `Start the tasks of ${name} again`,
    call: 'ecs:UpdateService',
    resource: `service/${name}`,
    parameters: { what },
    undo: what === 'stop' ? 'Start as many as there were.' : 'Stop them again.',
    expectedSeconds: CONSUMER_SECONDS,
  });
}

function handOverAction(instance: string): Action {
  return action({
    id: 'hand-over',
    title: `Take the marks off ${instance} by which Nightshift would delete it`,
    call: 'rds:RemoveTagsFromResource',
    resource: instance,
    parameters: {},
    undo: 'None is needed.',
    expectedSeconds: 2,
  });
}

function action(of: Omit<Action, 'reversible' | 'costUsd'> & { costUsd?: number }): Action {
  return { reversible: true, costUsd: 0, ...of };
}

function warningsAbout(
  { target, mode, recoveryPoint, situation }: RestoreQuestion,
  original: InspectedInstance | null,
): string[] {
  return [
    ...(original === null
      ? [
          `There is no instance ${target.instance} whose settings could be carried over: the new one has RDS's defaults, and Nightshift may not reach it.`,
        ]
      : []),
    ...(recoveryPoint.manifest === null
      ? [
          'There is no manifest of this data: that every row came back cannot be proved, only that the database is sound.',
        ]
      : []),
    ...(original !== null && !original.encrypted
      ? [`${original.identifier} is not encrypted, and neither will the new one be.`]
      : []),
    ...(original !== null && original.managedSecretArn !== null
      ? [
          `RDS manages the password of ${original.masterUsername} in a secret of ${original.identifier}. The new instance gets today's password, but no secret of its own: let RDS manage it before you use the instance.`,
        ]
      : []),
    ...(mode === 'swap' ? consumerWarnings(target) : []),
    ...(situation.unfinishedSwap === null
      ? []
      : [
          `The run ${situation.unfinishedSwap.run} left a swap half-way, and this run leaves it so: ${positions(situation.unfinishedSwap)}.`,
        ]),
  ];
}

function consumerWarnings({ name, consumers }: Pick<DatabaseTarget, 'name' | 'consumers'>): string[] {
  return consumers.length > 0
    ? []
    : [
        `No service is declared as a consumer of ${name}: none is stopped or started, and sessions that come back by themselves hold the swap up.`,
      ];
}

const consumersOf = ({ consumers }: Pick<DatabaseTarget, 'consumers'>) =>
  consumers.length === 0
    ? 'No consumer is'
    : consumers.length === 1
      ? `${consumers[0]} is`
      : `${consumers.join(', ')} are`;

function lossSentence({ seconds, tables }: Loss, mode: 'beside' | 'swap'): string {
  const subject = mode === 'swap' ? 'What would be lost' : 'What the new instance does not have';
  const time = `the last ${minutes(seconds)}`;
  if (tables === null) return `${subject}: ${time}; how many rows that is could not be counted.`;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const most = tables
    .toSorted((left, right) => right.rows - left.rows)
    .slice(0, 5)
    .map(({ table, rows: count }) => `${table}: ${count}`);
  return `${subject}: ${time}, ${rows} ${rows === 1 ? 'row' : 'rows'}${most.length === 0 ? '' : ` (${most.join(', ')}${tables.length > most.length ? ' …' : ''})`}.`;
}

/** `40 s`, `12 minutes`, `3 hours`. */
export function minutes(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

const clock = (at: string) => `${at.slice(0, 19)}Z`;
