import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { compareRevisions } from './compare-revisions.ts';
import { resolvedDigests } from './image-digests.ts';
import { firstUsable, goodCandidates, type UsableRevision } from './last-good.ts';
import { describeRelease, supportedMigrations } from './release.ts';
import { InspectedService, LastGood } from './state.ts';
import { short } from './steadiness.ts';

const Input = z.object({ run: Run, target: ServiceTarget, service: InspectedService });
type Input = z.infer<typeof Input>;

/** Finds the newest revision that is known to be good and can still be deployed. */
export const handler = step({
  name: 'find-last-good-revision',
  phase: 'plan',
  input: Input,
  output: LastGood,
  run: find,
});

async function find({ run, target, service }: Input, tools: StepTools): Promise<LastGood> {
  const { basis, candidates, warnings } = await goodCandidates(target, service.controller);
  const usable = await firstUsable(candidates, service.taskDefinition);
  for (const { taskDefinition, why } of usable.rejected)
    await audit(
      run.id,
      tools,
      'observation',
      `${short(taskDefinition)} was good, but cannot be used: ${why}.`,
    );
  const found: LastGood = {
    basis: 'none',
    runningIsGood: basis === 'history' && candidates[0]?.revision === service.taskDefinition,
    taskDefinition: null,
    goodAt: null,
    changes: [],
    supportedMigrations: null,
    rejected: usable.rejected,
    warnings: [...warnings, ...usable.warnings],
    ...(usable.found === undefined ? {} : { basis, ...(await describe(target, service, usable.found)) }),
  };
  const summary =
    found.taskDefinition === null
      ? 'No other revision is known to be good and usable.'
      : `Last known good is ${short(found.taskDefinition)} (${basis === 'history' ? `good since ${found.goodAt?.slice(0, 19)}Z` : 'the last completed deployment'}).`;
  await audit(run.id, tools, 'observation', summary, {
    basis: found.basis,
    taskDefinition: found.taskDefinition,
    changes: found.changes,
  });
  return found;
}

/** What there is to say of the revision to go back to. */
async function describe(
  target: ServiceTarget,
  { taskDefinition }: InspectedService,
  { candidate, described }: NonNullable<UsableRevision['found']>,
) {
  const running = await describeRelease(taskDefinition);
  return {
    taskDefinition: candidate.revision,
    goodAt: candidate.goodAt,
    changes: compareRevisions(
      {
        definition: running?.taskDefinition ?? {},
        digests: await resolvedDigests(target, taskDefinition),
      },
      { definition: described.taskDefinition ?? {}, digests: candidate.imageDigests },
    ),
    supportedMigrations: supportedMigrations(described),
  };
}
