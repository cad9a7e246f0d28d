import type { RunTaskCommandInput, Service } from '@aws-sdk/client-ecs';
import { sha256 } from '../run/audit-chain.ts';
import { MIGRATION_DOWN_RECORD, type MigrateDown } from './recovery-state.ts';

/** ECS takes so many characters. */
const LONGEST_STARTED_BY = 36;
const TOKEN_CHARACTERS = 64;

/** By what the tasks of a run are known. */
export const startedBy = (runId: string): string => runId.slice(0, LONGEST_STARTED_BY);

/**
 * The task as the service would run it, but for its command. It must come out the same for another attempt: the token of a call
 * that took effect without an answer finds its task only with the same request.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
export function taskRequest(
  { cluster, taskDefinition, container, command }: MigrateDown,
  service: Pick<
    Service,
    'networkConfiguration' | 'launchType' | 'capacityProviderStrategy' | 'platformVersion'
  >,
  runId: string,
): RunTaskCommandInput {
  const { networkConfiguration, launchType, capacityProviderStrategy = [], platformVersion } = service;
  return {
    cluster,
    taskDefinition,
    count: 1,
    ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
    // One excludes the other.
    ...(capacityProviderStrategy.length > 0
      ? { capacityProviderStrategy }
      : launchType === undefined
        ? {}
        : { launchType }),
    ...(platformVersion === undefined ? {} : { platformVersion }),
    overrides: { containerOverrides: [{ name: container, command }] },
    startedBy: startedBy(runId),
    clientToken: sha256(`${runId}#${MIGRATION_DOWN_RECORD}`).slice(0, TOKEN_CHARACTERS),
  };
}
