import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { InspectedConsumers } from '../ecs/recovery-state.ts';
import { PreconditionFailed } from '../errors.ts';
import { readManifest } from '../postgres/manifest/store.ts';
import { MigrationHead } from '../postgres/migration-head.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decideRecovery } from './decide-recovery.ts';
import { expectedRestoreSeconds } from './restore-estimates.ts';
import { recoveryWords } from './restore-words.ts';
import { Loss, RecoveryPoint, Situation } from './state.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  recoveryPoint: RecoveryPoint,
  loss: Loss,
  consumers: InspectedConsumers,
  migrationHead: MigrationHead,
});
type Input = z.infer<typeof Input>;

/** Older restores tell little about today's size. Milliseconds. */
const LOOK_BACK_MILLISECONDS = 400 * 86_400_000;
/** So many tables are named in the plan; the sum is of all. */
const MOST_TABLES = 50;

/** Writes down how a database would get back to a schema on which its services run, or why that is not safe. */
export const handler = step({ name: 'plan-recovery', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan(input: Input, tools: StepTools): Promise<Plan> {
  const { run, target, situation, recoveryPoint, loss, consumers, migrationHead } = input;
  const name = `database/${target.name}`;
  const decision = decideRecovery({
    runId: run.id,
    target,
    situation,
    recoveryPoint,
    recoveryHead: await headOf(recoveryPoint, target.name),
    loss,
    consumers,
    head: migrationHead,
    overridden: run.override !== undefined,
    expected: await expectedRestoreSeconds(name, new Date(Date.now() - LOOK_BACK_MILLISECONDS)),
  });
  const { remedy, names, revisions, expectedHeads, migrateDown, changes, warnings } = decision;
  const { kind, snapshot, snapshotArn, at, manifest } = recoveryPoint;
  const restores = remedy === 'restore';
  const from = restores ? { kind, snapshot, snapshotArn, at, manifest } : null;
  // What is only measured or estimated may change until somebody approves: it is not what the approval is for.
  const bound = decision.actions.map(({ expectedSeconds: _seconds, costUsd: _cost, ...rest }) => rest);
  const made: Plan = {
    runbook: run.runbook,
    target: name,
    summary: decision.summary,
    words: recoveryWords(target.name, restores ? (names?.aside ?? null) : null),
    observed: {
      purpose: 'restore',
      mode: 'swap',
      remedy,
      restores,
      swaps: restores,
      migratesDown: !restores,
      undoes: false,
      names,
      revisions,
      migrationHeads: migrationHead.known ? migrationHead.heads : null,
      expectedHeads,
      ...(migrateDown === null ? {} : { migrateDown }),
      ...(from === null ? {} : { recoveryPoint: from, loss: lossOf(loss) }),
      running: Object.fromEntries(
        consumers.map((consumer) => [consumer.name, consumer.running?.taskDefinition ?? null]),
      ),
    },
    changes: [...changes],
    actions: [...decision.actions],
    warnings: [...warnings],
    hash: sha256(
      canonicalJson(
        JSON.parse(
          JSON.stringify({
            remedy,
            actions: bound,
            changes,
            names,
            revisions,
            expectedHeads,
            migrateDown,
            migrationHead: migrationHead.known ? migrationHead.heads : null,
            recoveryPoint: from,
          }),
        ),
      ),
    ),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(
    run.id,
    tools,
    'decision',
    `Plan: ${restores ? `restore ${snapshot}` : 'take the migration back'}.`,
    {
      hash: made.hash,
      remedy,
      revisions,
      expectedHeads,
      warnings: made.warnings,
    },
  );
  return made;
}

/** At which migration the data of a recovery point stand, from their manifest. */
async function headOf({ manifest, at }: RecoveryPoint, database: string): Promise<MigrationHead> {
  if (manifest === null) return { known: false, why: 'there is no manifest' };
  try {
    const stored = await readManifest(manifest);
    if (stored === undefined) return { known: false, why: `its manifest ${manifest} is gone` };
    if (stored.database !== database)
      return { known: false, why: `its manifest is of the database ${stored.database}` };
    if (Date.parse(stored.takenAt) > Date.parse(at))
      return { known: false, why: 'its manifest was taken after it' };
    return stored.manifest.migrationHead;
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return { known: false, why: error.message.split('. ')[0] ?? '' };
  }
}

function lossOf({ seconds, tables, returning }: Loss) {
  return {
    seconds,
    rows: tables?.reduce((sum, { rows }) => sum + rows, 0) ?? null,
    tables: tables?.slice(0, MOST_TABLES) ?? null,
    returning: returning.slice(0, MOST_TABLES),
  };
}
