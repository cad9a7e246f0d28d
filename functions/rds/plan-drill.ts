import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { readDrills } from './drill-record.ts';
import { instanceName } from './instance-name.ts';
import { hourlyUsd } from './restore-estimates.ts';
import { RecoveryPoint, Situation } from './state.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  recoveryPoint: RecoveryPoint,
});
type Input = z.infer<typeof Input>;

/** AWS says 15 to 30 minutes, however small the database is; used until there has been a drill. */
const FIRST_DRILL_SECONDS = 1800;

/** Writes down what a drill would do. */
export const handler = step({ name: 'plan-drill', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan({ run, target, situation, recoveryPoint }: Input, tools: StepTools): Promise<Plan> {
  const { instance } = situation;
  if (instance === null || recoveryPoint.kind !== 'snapshot' || recoveryPoint.snapshot === null)
    throw new PreconditionFailed(
      `A swap of ${target.instance} is half-way: a drill has to wait until restore-database has finished or undone it. Nothing was changed.`,
    );
  const scratch = instanceName(target.instance, 'drill', run.id);
  const [latest] = await readDrills(target.name, 1);
  const expectedSeconds = latest?.recoverySeconds ?? FIRST_DRILL_SECONDS;
  const made: Plan = {
    runbook: run.runbook,
    target: `database/${target.name}`,
    summary: `Restores ${recoveryPoint.snapshot} (data of ${recoveryPoint.at.slice(0, 19)}Z) into ${scratch}, proves it row by row, measures how long that takes, and deletes ${scratch} whatever happens. ${target.instance} is not touched.`,
    words: {
      verified: `The restore drill of ${target.name} has passed`,
      next: `Nothing. ${scratch} is deleted.`,
      changes: '',
      routine: true,
    },
    observed: {
      restores: true,
      swaps: false,
      undoes: false,
      purpose: 'drill',
      names: {
        original: { identifier: instance.identifier, resourceId: instance.resourceId },
        restored: { identifier: scratch, resourceId: null },
        aside: '',
      },
      snapshot: recoveryPoint.snapshot,
      recoveryPoint: recoveryPoint.at,
    },
    changes: [],
    actions: [
      {
        id: 'restore',
        title: `Restore ${recoveryPoint.snapshot} into ${scratch}`,
        call: 'rds:RestoreDBInstanceFromDBSnapshot',
        resource: scratch,
        parameters: { snapshot: recoveryPoint.snapshot },
        reversible: true,
        undo: `${scratch} is deleted at the end of the run; if that fails, by the sweeper.`,
        expectedSeconds,
        costUsd: (expectedSeconds / 3600) * hourlyUsd({ ...instance.settings, ...scratchSize(target) }),
      },
      {
        id: 'delete',
        title: `Delete ${scratch}`,
        call: 'rds:DeleteDBInstance',
        resource: scratch,
        parameters: {},
        reversible: false,
        undo: 'Nothing to undo: it is a copy that this run has made.',
        expectedSeconds: 0,
        costUsd: 0,
      },
    ],
    warnings: [...recoveryPoint.warnings],
    hash: sha256(canonicalJson({ scratch, recoveryPoint, original: instance.resourceId })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: restore ${recoveryPoint.snapshot} into ${scratch}.`, {
    hash: made.hash,
  });
  return made;
}

/** What a scratch instance has otherwise than the original. */
const scratchSize = ({ restore: { drillInstanceClass } }: DatabaseTarget) => ({
  multiAz: false,
  ...(drillInstanceClass === undefined ? {} : { instanceClass: drillInstanceClass }),
});
