import type { Judgement } from '../../schemas/finding.ts';
import { READINESS_DEFAULTS } from '../../schemas/readiness.ts';
import type { ReadinessReport } from '../../schemas/readiness-report.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { once } from '../clients.ts';
import { lookAtAll, type Part, withinTime } from '../health/look-at-all.ts';
import { switchIsOn } from '../run/directory.ts';
import { activeService, judgeService } from './active-service.ts';
import { findWayBack } from './find-way-back.ts';
import { judgeImage, judgeRevision, releaseToStart } from './judge-way-back.ts';
import { backupParts } from './look-at-backups.ts';
import { lookAtLock } from './look-at-lock.ts';
import { lookAtRollbackRole } from './look-at-rollback-role.ts';
import { lookAtExecutionRole, lookAtSecrets } from './look-at-secrets.ts';
import { questionPart } from './question-part.ts';
import { readinessReport } from './readiness-report.ts';
import type { SharedLook } from './shared-look.ts';

/** For all questions about one service. Milliseconds. */
const BUDGET_MILLISECONDS = 20_000;

/** Asks everything that a roll-back of a service would rest on; what cannot be looked at is unknown. It changes nothing. */
export async function lookAtReadiness(
  target: ServiceTarget,
  shared: SharedLook,
  outer: AbortSignal,
): Promise<ReadinessReport> {
  const at = new Date();
  const policy = target.readiness ?? READINESS_DEFAULTS;
  const findings = await withinTime(BUDGET_MILLISECONDS, outer, (signal) =>
    lookAtAll(
      [...partsOfRelease(target, signal), ...backupParts(target, shared, at), ...otherParts(target)],
      signal,
    ),
  );
  return readinessReport(target, findings, policy.mayBeUnknown, at);
}

/** What rests on the service and on the revision that it would be brought back to. */
function partsOfRelease(target: ServiceTarget, signal: AbortSignal): Part[] {
  const service = once(() => activeService(target));
  const wayBack = once(async () => {
    const found = await service();
    return found && findWayBack(target, found);
  });
  const release = once(async () => {
    const found = await wayBack();
    return found && releaseToStart(found)?.described.taskDefinition;
  });
  const secrets = once(async () => {
    const definition = await release();
    return definition && lookAtSecrets(definition, signal);
  });
  const unknown = (what: string, expected: string): Judgement => ({
    verdict: 'unknown',
    observed: `there is no ${what}`,
    expected,
  });
  const start = 'what ECS reads when a task starts is there';
  const role = 'the execution role may read it';
  return [
    questionPart('service', 'an active service that ECS itself deploys', async () =>
      judgeService(target, await service()),
    ),
    questionPart('revision', 'a revision to go back to', async () => {
      const found = await wayBack();
      return found ? judgeRevision(found) : unknown('service', 'a revision to go back to');
    }),
    questionPart('image', 'its images are there', async () => {
      const found = await wayBack();
      return found ? judgeImage(found) : unknown('service', 'its images are there');
    }),
    questionPart(
      'secrets',
      start,
      async () => (await secrets())?.judgement ?? unknown('revision to go back to', start),
    ),
    questionPart('execution role', role, async () => {
      const definition = await release();
      const looked = await secrets();
      return definition && looked
        ? lookAtExecutionRole(definition.executionRoleArn, looked.described)
        : unknown('revision to go back to', role);
    }),
    questionPart('permissions', "Nightshift's own role may update the service", async () => {
      const found = await service();
      return found ? lookAtRollbackRole(found) : unknown('service', "Nightshift's own role may update it");
    }),
  ];
}

function otherParts({ name, readiness }: ServiceTarget): Part[] {
  const { lockMaxAgeSeconds } = readiness ?? READINESS_DEFAULTS;
  return [
    questionPart('switch', 'on', async () => {
      const on = await switchIsOn();
      return {
        verdict: on ? 'pass' : 'warn',
        observed: on ? 'on' : 'off: a run ends at its plan',
        expected: 'on',
      };
    }),
    questionPart('lock', 'free', (signal) => lookAtLock(`service/${name}`, lockMaxAgeSeconds, signal)),
  ];
}
