import type { Action, Change } from '../../schemas/run.ts';
import type { DatabaseTarget } from '../../schemas/target.ts';
import type { DeclaredRelease, InspectedConsumer, MigrateDown } from '../ecs/recovery-state.ts';
import { short } from '../ecs/steadiness.ts';
import { PreconditionFailed, Refused, RunbookError } from '../errors.ts';
import type { MigrationHead } from '../postgres/migration-head.ts';
import type { ExpectedHeads } from '../postgres/validate/migrations.ts';
import { consumerAction, decideRestore, endSessionsAction, minutes } from './decide-restore.ts';
import { instanceName } from './instance-name.ts';
import type { ExpectedSeconds } from './restore-estimates.ts';
import type { InspectedInstance, Loss, RecoveryPoint, Situation } from './state.ts';
import type { SwapNames } from './swap-position.ts';

export interface RecoveryQuestion {
  readonly runId: string;
  readonly target: Pick<
    DatabaseTarget,
    'name' | 'instance' | 'consumers' | 'masterSecretArn' | 'secretArn' | 'restore'
  >;
  readonly situation: Situation;
  readonly recoveryPoint: RecoveryPoint;
  /** Where the data of the recovery point stand. */
  readonly recoveryHead: MigrationHead;
  readonly loss: Loss;
  readonly consumers: readonly InspectedConsumer[];
  /** Where the live database stands. */
  readonly head: MigrationHead;
  /** A person says that the schema is wrong whatever the migration table says. */
  readonly overridden: boolean;
  readonly expected: ExpectedSeconds;
}

export interface RecoveryDecision {
  readonly remedy: 'migrate-down' | 'restore';
  readonly summary: string;
  readonly names: SwapNames;
  /** What each consumer is to run afterwards, where that is not what it runs. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly expectedHeads: ExpectedHeads;
  readonly migrateDown: MigrateDown | null;
  readonly changes: readonly Change[];
  readonly actions: readonly Action[];
  readonly warnings: readonly string[];
}

/** A consumer with a last known good release that says what it is for. */
interface Ready extends InspectedConsumer {
  readonly lastGood: DeclaredRelease & { readonly supports: string[] };
}

/** A remedy that may be used, or why it may not: a clause for a sentence. */
type Possible<Kind> = { readonly how: Kind } | { readonly whyNot: string };

const NO_CHANGE = 'Nothing was changed.';
/** A one-off task starts in a minute; a migration that takes longer says so itself. */
const MIGRATION_SECONDS = 120;

/**
 * Decides how a database gets back to a schema on which the last known good releases of its services run: by taking the migration
 * back, which loses nothing, where the release that brought it declares that this is safe; else by a restore of data that stand
 * where those releases can run, where what is lost by that is declared acceptable.
 *
 * @throws Refused or PreconditionFailed where neither is safe or needed; each says what to do instead
 */
export function decideRecovery(question: RecoveryQuestion): RecoveryDecision {
  const { target, situation, head } = question;
  const original = requireOriginal(question);
  const consumers = requireReady(question);
  if (!isSchemaWrong(question, consumers))
    throw new PreconditionFailed(
      `The schema of ${target.name} is not what is wrong: it stands at ${listedHeads(head)}, and the last known good release of every consumer runs there (${consumers.map(({ name, lastGood }) => `${name}: ${short(lastGood.taskDefinition)}`).join(', ')}). ${NO_CHANGE} Start roll-back-service for the service that fails. If a migration was left half-way although its table does not say so, start this by hand with a "reason": then only a restore is considered. If data are lost or wrong, start restore-database.`,
      { head },
    );
  const names: SwapNames = {
    original: { identifier: original.identifier, resourceId: original.resourceId },
    restored: { identifier: instanceName(original.identifier, 'restored', question.runId), resourceId: null },
    aside: instanceName(original.identifier, 'before', question.runId),
  };
  const down = wayDown(question, consumers);
  if ('how' in down) return migrateDown(question, consumers, names, down.how);
  const back = wayBack(question, consumers);
  if ('how' in back) return restore(question, consumers, back.how, down.whyNot);
  throw new Refused(
    `Neither way back is safe for ${target.name}. The migration cannot be taken back: ${down.whyNot}. A restore cannot be used: ${back.whyNot}. ${NO_CHANGE} ${adviceOf(situation.instance as InspectedInstance)}`,
    { migrateDown: down.whyNot, restore: back.whyNot },
  );
}

const adviceOf = ({ identifier }: InspectedInstance) =>
  `Deploy a release that runs on the schema as it is, or repair the schema by hand (take a snapshot of ${identifier} first). An older snapshot can be asked for with "snapshot"; more loss can be allowed with restore.acceptableLossMinutes, or restore beside with restore-database and carry over by hand what is missing.`;

/** @throws Refused or PreconditionFailed where the names are not in order */
function requireOriginal({ situation, target }: RecoveryQuestion): InspectedInstance {
  const { instance, unfinishedSwap } = situation;
  if (unfinishedSwap !== null)
    throw new Refused(
      `The run ${unfinishedSwap.run} left a swap of ${target.name} half-way: the original is called ${unfinishedSwap.original.identifier}, and the restored one ${unfinishedSwap.restored.identifier}. ${NO_CHANGE} Start restore-database with "unfinished": "finish" or "undo"; then start this again if it is still needed.`,
      { run: unfinishedSwap.run },
    );
  if (instance === null)
    throw new PreconditionFailed(
      `There is no instance ${target.instance} whose migration could be taken back. ${NO_CHANGE} Start restore-database.`,
    );
  return instance;
}

/** @throws PreconditionFailed that names every consumer of which it is not known what it could run afterwards */
function requireReady({ consumers, target }: RecoveryQuestion): Ready[] {
  if (consumers.length === 0)
    throw new PreconditionFailed(
      `No service is declared as a consumer of ${target.name}: nothing tells for which migrations it must stand. ${NO_CHANGE} Declare the services that use it ("database": "${target.name}"), or start restore-database.`,
    );
  const problems = consumers.flatMap((consumer) => {
    const why = whyNotReady(consumer);
    return why === undefined ? [] : [`${consumer.name} ${why}`];
  });
  if (problems.length > 0)
    throw new PreconditionFailed(
      `It cannot be told which schema the services of ${target.name} could go back to: ${problems.join('; ')}. ${NO_CHANGE} A release names the migrations that it runs on with the tag nightshift:supported-migrations on its task definition. Until then, deploy a release by hand that runs on the schema as it is, or start restore-database.`,
      { problems },
    );
  return consumers as Ready[];
}

function whyNotReady({ lastGood, running, rejected, controller }: InspectedConsumer): string | undefined {
  if (lastGood === null) {
    const why = rejected.map((one) => `${short(one.taskDefinition)}: ${one.why}`).join(', ');
    return `has no release to go back to (${why === '' ? 'none was recorded as good' : why})`;
  }
  const name = short(lastGood.taskDefinition);
  if (lastGood.unusable !== null) return `cannot be started with ${name} again: ${lastGood.unusable}`;
  if (lastGood.supports === null)
    return `has ${name} as its last known good release, which does not declare the migrations that it runs on`;
  if (controller !== 'ECS' && lastGood.taskDefinition !== running?.taskDefinition)
    return `is deployed by ${controller}, which alone can give it ${name} again`;
  return undefined;
}

function isSchemaWrong({ head, overridden }: RecoveryQuestion, consumers: readonly Ready[]): boolean {
  if (overridden || !head.known || (head.unfinished ?? 0) > 0) return true;
  return consumers.some(({ lastGood }) => !runsOn(lastGood, head.heads));
}

/** Whether a release declares to run on all of these; on none is not known to be on any. */
const runsOn = ({ supports }: DeclaredRelease, heads: readonly string[]): boolean =>
  heads.length > 0 && heads.every((head) => supports?.includes(head));

/** Migrations on which the last known good releases of all consumers run. */
const supportedByAll = ([first, ...others]: readonly Ready[]): string[] =>
  (first?.lastGood.supports ?? []).filter((head) => others.every(({ lastGood }) => runsOn(lastGood, [head])));

/** Which release can take the migration back. */
function wayDown(
  { target, head }: RecoveryQuestion,
  consumers: readonly Ready[],
): Possible<{ readonly release: DeclaredRelease; readonly of: Ready; readonly takesBack: string[] }> {
  const { migrateDown: declared } = target.restore;
  if (declared === undefined) return { whyNot: 'no command for it is declared (restore.migrateDown)' };
  const of = consumers.find(({ name }) => name === declared.service);
  if (of === undefined)
    return { whyNot: `${declared.service}, whose command it is, is not a consumer of ${target.name}` };
  if (!head.known) return { whyNot: `it is not known where the database stands (${head.why})` };
  if ((head.unfinished ?? 0) > 0)
    return { whyNot: 'a migration was begun and not finished, and what of it was done is not known' };
  const common = supportedByAll(consumers);
  if (common.length === 0)
    return { whyNot: 'there is no migration on which the last known good releases of all consumers run' };
  const takesBack = head.heads.filter((one) => !common.includes(one));
  if (takesBack.length === 0)
    return { whyNot: `the migration table says ${listedHeads(head)}, which the good releases run on` };
  const reasons: string[] = [];
  for (const release of [of.running, ...of.released]) {
    if (release === null || !runsOn(release, head.heads)) continue;
    const why = whyCannotTakeBack(release, takesBack, declared.container);
    if (why === undefined) return { how: { release, of, takesBack } };
    reasons.push(`${short(release.taskDefinition)} ${why}`);
  }
  return {
    whyNot:
      reasons.join('; ') ||
      `no release that ${declared.service} runs or ran lately declares that it knows ${head.heads.join(', ')}`,
  };
}

function whyCannotTakeBack(
  release: DeclaredRelease,
  takesBack: readonly string[],
  container: string,
): string | undefined {
  const irreversible = takesBack.filter((one) => !release.reversible.includes(one));
  if (irreversible.length > 0)
    return `does not declare that ${irreversible.join(', ')} can be taken back without losing data (tag nightshift:reversible-migrations)`;
  if (release.unusable !== null) return `cannot be started: ${release.unusable}`;
  return release.containers.includes(container) ? undefined : `has no container ${container}`;
}

function migrateDown(
  question: RecoveryQuestion,
  consumers: readonly Ready[],
  names: SwapNames,
  { release, of, takesBack }: { release: DeclaredRelease; of: Ready; takesBack: readonly string[] },
): RecoveryDecision {
  const { target, head } = question;
  const { command, container } = target.restore.migrateDown as { command: string[]; container: string };
  const among = supportedByAll(consumers);
  const action: Action = {
    id: 'migrate-down',
    title: `Take ${takesBack.join(', ')} back: ${command.join(' ')}, once, in ${container} of ${short(release.taskDefinition)}`,
    call: 'ecs:RunTask',
    resource: release.taskDefinition,
    parameters: { service: of.name, container, command },
    reversible: true,
    undo: 'Apply the migration again.',
    expectedSeconds: MIGRATION_SECONDS,
    costUsd: 0,
  };
  return {
    remedy: 'migrate-down',
    summary: `${target.name} stands at ${listedHeads(head)}, and ${runNot(consumers, head)}. ${short(release.taskDefinition)}, which knows it, declares that it can be taken back without losing data. So the services (${listedNames(consumers)}) are stopped, its command is run once, and when the database stands where the good releases run (${among.join(', ')}), they are started with those. No rows are lost.`,
    names,
    revisions: revisionsOf(consumers),
    expectedHeads: { among },
    migrateDown: {
      service: of.name,
      cluster: of.cluster,
      ecsService: of.service,
      taskDefinition: release.taskDefinition,
      container,
      command,
    },
    changes: [],
    actions: [
      ...consumers.map(({ name }) => consumerAction('stop', name)),
      endSessionsAction(target, names),
      action,
      ...consumers.map(startAction),
    ],
    warnings: [
      ...consumers.flatMap(({ warnings }) => warnings),
      'There is no way forward again by itself: where the command fails with the migration half-way, the services stay stopped, and a person is called.',
      ...(release.taskDefinition === of.running?.taskDefinition
        ? []
        : [`${short(release.taskDefinition)} does not run any more; it is started for this once.`]),
    ],
  };
}

/** What a restore would go back to. */
function wayBack(
  question: RecoveryQuestion,
  consumers: readonly Ready[],
): Possible<{
  readonly decided: ReturnType<typeof decideRestore>;
  readonly heads: readonly string[];
}> {
  const { target, recoveryPoint, recoveryHead, loss } = question;
  const { kind, snapshot, manifest } = recoveryPoint;
  if (kind !== 'snapshot')
    return { whyNot: recoveryPoint.warnings.join(' ').replace(/\.$/, '') || 'there is no snapshot' };
  if (manifest === null)
    return { whyNot: `the snapshot ${snapshot} has no manifest that tells at which migration it stands` };
  if (!recoveryHead.known)
    return { whyNot: `it is not known at which migration ${snapshot} stands (${recoveryHead.why})` };
  const misfits = consumers.filter(({ lastGood }) => !runsOn(lastGood, recoveryHead.heads));
  if (misfits.length > 0)
    return {
      whyNot: `${snapshot} stands at ${listedHeads(recoveryHead)}, on which ${misfits.map(({ name, lastGood }) => `${short(lastGood.taskDefinition)} of ${name}`).join(', ')} cannot run`,
    };
  const limit = target.restore.acceptableLossSeconds;
  if (loss.seconds > limit && !losesNothing(loss))
    return {
      whyNot: `going back to ${snapshot} would lose the last ${minutes(loss.seconds)}${rowsSentence(loss)}, and at most ${minutes(limit)} may be lost (restore.acceptableLossMinutes)`,
    };
  try {
    return { how: { decided: swapIn(question), heads: recoveryHead.heads } };
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return { whyNot: error.message.replaceAll(` ${NO_CHANGE}`, '').replace(/\.$/, '') };
  }
}

const swapIn = ({ consumers: _consumers, ...question }: RecoveryQuestion) =>
  decideRestore({ ...question, mode: 'swap', unfinished: 'finish' });

/** Every row was counted, and none is newer. */
const losesNothing = ({ tables, warnings }: Loss): boolean => tables?.length === 0 && warnings.length === 0;

function rowsSentence({ tables }: Loss): string {
  if (tables === null) return ' (how many rows that is could not be counted)';
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return ` (${rows} ${rows === 1 ? 'row' : 'rows'} were counted)`;
}

const BEFORE_THE_RESTORE = /^(?:stop-.+|end-sessions)$/;

function restore(
  question: RecoveryQuestion,
  consumers: readonly Ready[],
  { decided, heads }: { decided: ReturnType<typeof decideRestore>; heads: readonly string[] },
  whyNotDown: string,
): RecoveryDecision {
  const { target, head } = question;
  const [before, after] = [true, false].map((wanted) =>
    decided.actions.filter(({ id }) => BEFORE_THE_RESTORE.test(id) === wanted),
  ) as [Action[], Action[]];
  const starts = new Map(consumers.map((consumer) => [`start-${consumer.name}`, startAction(consumer)]));
  const why = head.known
    ? `${target.name} stands at ${listedHeads(head)}, ${(head.unfinished ?? 0) > 0 ? 'with a migration that was begun and not finished' : `and ${runNot(consumers, head)}`}`
    : `Where ${target.name} stands is not known (${head.why})`;
  return {
    remedy: 'restore',
    summary: `${why}. The migration cannot be taken back: ${whyNotDown}. So the services (${listedNames(consumers)}) are stopped first, and stay so until the restore is in place. ${decided.summary} They are started with their last known good releases, which run on ${heads.join(', ')}.`,
    names: decided.names,
    revisions: revisionsOf(consumers),
    expectedHeads: heads,
    migrateDown: null,
    changes: decided.changes,
    actions: [...before, ...after.map((action) => starts.get(action.id) ?? action)],
    warnings: [
      ...decided.warnings,
      ...consumers.flatMap(({ warnings }) => warnings),
      ...(head.known
        ? []
        : [
            `Where the live database stands could not be read (${head.why}): that a migration is what is wrong rests on whoever started this.`,
          ]),
    ],
  };
}

function startAction({ name, lastGood, running }: Ready): Action {
  const action = consumerAction('start', name);
  const { taskDefinition } = lastGood;
  if (taskDefinition === running?.taskDefinition) return action;
  return {
    ...action,
    title: `Start the tasks of ${name} with ${short(taskDefinition)}, its last known good release`,
    parameters: { ...action.parameters, taskDefinition },
    undo: `Give it ${running === null ? 'what it had' : short(running.taskDefinition)} again.`,
  };
}

const revisionsOf = (consumers: readonly Ready[]): Record<string, string> =>
  Object.fromEntries(
    consumers.flatMap(({ name, lastGood, running }) =>
      lastGood.taskDefinition === running?.taskDefinition ? [] : [[name, lastGood.taskDefinition]],
    ),
  );

/** Who cannot run where the database stands, as a clause. */
function runNot(consumers: readonly Ready[], head: MigrationHead): string {
  const heads = head.known ? head.heads : [];
  const misfits = consumers.filter(({ lastGood }) => !runsOn(lastGood, heads));
  if (misfits.length === 0) return 'a person says that its schema is wrong all the same';
  return `${misfits.map(({ name, lastGood }) => `${short(lastGood.taskDefinition)}, the last known good release of ${name},`).join(' and ')} cannot run there`;
}

const listedNames = (consumers: readonly Ready[]) => consumers.map(({ name }) => name).join(', ');
const listedHeads = (head: MigrationHead) =>
  head.known ? head.heads.join(', ') || 'no migration' : 'a migration that is not known';
