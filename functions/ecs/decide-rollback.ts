import type { Action, Change } from '../../schemas/run.ts';
import { PreconditionFailed, Refused } from '../errors.ts';
import type { MigrationHead } from '../postgres/migration-head.ts';
import { isConfigurationOnly } from './compare-revisions.ts';
import type { InspectedService, LastGood } from './state.ts';
import { short } from './steadiness.ts';

export interface RollbackDecision {
  readonly summary: string;
  readonly action: Action;
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
}

/** What a deployment is expected to take before runs of this service have been measured, in seconds. */
const EXPECTED_SECONDS = 180;

/**
 * Decides what a rollback would do.
 *
 * @throws Refused where nothing may be done, PreconditionFailed where it cannot be done; both say what to do instead
 */
export function decideRollback(
  target: { name: string; cluster: string; service: string },
  service: InspectedService,
  lastGood: LastGood,
  head: MigrationHead,
  options: { override: boolean },
): RollbackDecision {
  const running = short(service.taskDefinition);
  if (service.controller !== 'ECS') {
    throw new Refused(
      `${target.name} is deployed by the ${service.controller} controller: ECS refuses to change its task definition itself. Nothing was changed. ${
        service.controller === 'CODE_DEPLOY'
          ? 'Stop and roll back its deployment in CodeDeploy.'
          : 'Roll it back with the tool that deploys it.'
      }`,
      { controller: service.controller },
    );
  }
  const good = lastGood.taskDefinition;
  const returning = service.inProgress !== null && lastGood.runningIsGood;
  if (lastGood.runningIsGood && !returning) {
    throw new Refused(
      `There is nothing to roll back: ${running}, which runs, is the last known good release of ${target.name} itself. Nothing was changed. The cause is elsewhere: look at its dependencies, its load and its secrets.`,
      { running: service.taskDefinition },
    );
  }
  if (returning) {
    return {
      summary: `${target.name} is on its way to ${running}, its last known good release, already. This run waits for it and verifies it.`,
      action: action(
        'wait-for-deployment',
        `Wait for ECS to finish deploying ${running}`,
        'ecs:DescribeServices',
        service.serviceArn,
        { taskDefinition: service.taskDefinition },
        'Nothing is changed.',
      ),
      changes: [],
      warnings: lastGood.warnings,
    };
  }
  if (good === null) {
    const why = lastGood.rejected
      .map(({ taskDefinition, why: reason }) => `${short(taskDefinition)}: ${reason}`)
      .join('; ');
    throw new PreconditionFailed(
      `There is no release of ${target.name} to go back to: ${why === '' ? 'none has been recorded as good, and ECS knows no other completed deployment' : `those that were good cannot be used (${why})`}. Nothing was changed. Deploy a fixed release, or one that you know to be good, by hand.`,
      { rejected: lastGood.rejected },
    );
  }
  const warnings = [...lastGood.warnings, ...schemaGate(lastGood, head, short(good), options.override)];
  const configurationOnly = isConfigurationOnly(lastGood.changes);
  const reverts = configurationOnly
    ? `Compared with the last known good release, only its configuration changed (${lastGood.changes.map(({ what }) => what).join(', ')}), so that is reverted and the image stays`
    : describeChanges(lastGood.changes);
  const undo = `Update the service to ${running} again (it is the release that was bad).`;
  const stop = service.inProgress?.status === 'IN_PROGRESS' && service.inProgress.returnsTo === good;
  return {
    summary: `${target.name} runs ${running} since ${service.since.slice(0, 19)}Z${service.inProgress ? ', its deployment still in progress' : ''}. ${reverts}. The way back is ${short(good)}${lastGood.goodAt ? `, good since ${lastGood.goodAt.slice(0, 19)}Z` : ''}.`,
    action: stop
      ? action(
          'stop-deployment',
          `Stop the deployment of ${running} with rollback to ${short(good)}`,
          'ecs:StopServiceDeployment',
          service.inProgress?.serviceDeployment ?? '',
          { stopType: 'ROLLBACK', taskDefinition: good },
          undo,
        )
      : action(
          'update-service',
          `${configurationOnly ? 'Revert the configuration' : 'Roll the release back'} to ${short(good)}`,
          'ecs:UpdateService',
          service.serviceArn,
          { taskDefinition: good },
          undo,
        ),
    changes: lastGood.changes,
    warnings,
  };
}

function describeChanges(changes: readonly Change[]): string {
  if (changes.length === 0)
    return 'It does not differ from the last known good release in anything that Nightshift compares';
  const parts = changes.map(({ what }) => what).join(', ');
  return `Compared with the last known good release, it has another ${parts}`;
}

/** A release that cannot run against the live schema would trade one outage for another. */
function schemaGate(lastGood: LastGood, head: MigrationHead, good: string, override: boolean): string[] {
  if (lastGood.supportedMigrations === null)
    return [`${good} does not declare which migrations it supports, so the schema was not compared.`];
  const supported = lastGood.supportedMigrations.join(', ');
  if (!head.known) {
    if (override)
      return [`The migration head could not be read (${head.why}); the schema gate was overridden.`];
    throw new Refused(
      `${good} declares the migrations it supports (${supported}), but the live migration head could not be read: ${head.why}. Nothing was changed. Make the database reachable, or start this by hand with a "reason" if you know that the schema fits.`,
    );
  }
  const unsupported = head.heads.filter((revision) => !lastGood.supportedMigrations?.includes(revision));
  if (unsupported.length === 0) return [];
  throw new Refused(
    `${good} cannot run against the live schema: the database stands at ${head.heads.join(', ')}, and ${good} supports ${supported}. Nothing was changed. Either deploy a fixed release that supports ${unsupported.join(', ')}, or migrate the schema back first if that migration is reversible and safe for the data.`,
    { heads: head.heads, supported: lastGood.supportedMigrations },
  );
}

function action(
  id: string,
  title: string,
  call: string,
  resource: string,
  parameters: Record<string, unknown>,
  undo: string,
): Action {
  return {
    id,
    title,
    call,
    resource,
    parameters,
    reversible: true,
    undo,
    expectedSeconds: EXPECTED_SECONDS,
    costUsd: 0,
  };
}
