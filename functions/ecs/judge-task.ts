import type { Task } from '@aws-sdk/client-ecs';
import { ErrorName } from '../../schemas/names.ts';
import type { Verdict } from '../wait/verdict.ts';
import { short } from './steadiness.ts';

/** So long ECS may not know yet a task that was just started, in minutes. */
const LAG_MINUTES = 15;

export type DescribedTask = Pick<
  Task,
  'lastStatus' | 'stopCode' | 'stoppedReason' | 'containers' | 'taskDefinitionArn'
>;

/**
 * Whether a one-off task has ended, and well: all of its essential containers with exit code 0. What a container printed is
 * not told.
 *
 * @param isEssential by container name, from the task definition; needed only of a task that has stopped
 * @param now when ECS said it
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function judgeTask(
  waited: { readonly taskArn: string; readonly parkedAt: string },
  task: DescribedTask | undefined,
  isEssential: (container: string) => boolean,
  now: Date,
): Verdict {
  const name = short(waited.taskArn);
  const failed = (what: string, advice: string): Verdict => ({
    state: 'failed',
    error: ErrorName.VerificationFailed,
    cause: `${what} ${advice}`,
  });
  if (task === undefined) {
    const minutes = (now.getTime() - Date.parse(waited.parkedAt)) / 60_000;
    if (minutes < LAG_MINUTES) return { state: 'waiting', seen: 'ECS does not know the task yet' };
    return failed(
      `ECS no longer knows the task ${name}: how it ended cannot be told.`,
      'It was started and may have changed what it was to change. Look at its log before you start the runbook again.',
    );
  }
  if (task.lastStatus !== 'STOPPED') return { state: 'waiting', seen: `the task is ${task.lastStatus}` };
  const essential = (task.containers ?? []).filter((container) => isEssential(container.name ?? ''));
  const bad = essential.filter(({ exitCode }) => exitCode !== 0);
  if (essential.length > 0 && bad.length === 0)
    return {
      state: 'done',
      output: { at: now.toISOString(), exitCode: 0 },
      summary: `The task ${name} ended with exit code 0`,
    };
  const why = [
    `${task.stopCode ?? 'no stop code'}: ${task.stoppedReason ?? 'ECS gives no reason'}`,
    ...bad.map(
      ({ name: container, exitCode, reason }) =>
        `${container} ${exitCode === undefined ? 'never ran to an end' : `ended with exit code ${exitCode}`}${reason ? ` (${reason})` : ''}`,
    ),
  ].join('; ');
  return failed(
    `The task ${name} did not end well. ${why}.`,
    'What it had changed by then stays. Look at its log before you start the runbook again.',
  );
}
