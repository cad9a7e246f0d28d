import type { Task } from '@aws-sdk/client-ecs';
import type { Judgement } from '../../../schemas/finding.ts';
import type { HealthPolicy } from '../../../schemas/health.ts';
import { short } from '../../ecs/steadiness.ts';

/** What is looked at of a task that has stopped. */
export type StoppedTask = Pick<
  Task,
  'stoppedAt' | 'stopCode' | 'stoppedReason' | 'taskDefinitionArn' | 'containers'
>;

/** Somebody or something else wanted these to stop. */
const WANTED: ReadonlySet<string> = new Set(['UserInitiated', 'SpotInterruption', 'TerminationNotice']);
/** How ECS begins the reason when a deployment or a smaller count lets a task go. */
const SCALING = /^Scaling activity initiated by/;
/** So many reasons are named, the most frequent ones first, and each no longer than this. */
const MOST_REASONS = 3;
const LONGEST_REASON = 80;

/**
 * Judges how many tasks stopped by themselves lately, and says why. What a deployment or a person stopped does not count.
 *
 * @param complete all of them could be read
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function judgeRestarts(
  tasks: readonly StoppedTask[],
  { warn, fail, windowSeconds }: HealthPolicy['tasks']['restarts'],
  complete: boolean,
  now: Date,
): Judgement {
  const minutes = Math.round(windowSeconds / 60);
  const expected = `fewer than ${warn} tasks stopped by themselves in ${minutes} minutes`;
  // One that is still on its way out does not say why yet.
  const lately = tasks.filter(
    ({ stoppedAt }) => stoppedAt !== undefined && now.getTime() - stoppedAt.getTime() <= windowSeconds * 1000,
  );
  const own = lately.filter(stoppedByItself);
  const count = own.length;
  if (!complete && count < fail)
    return { verdict: 'unknown', observed: `${count} of those that could be read`, expected };
  const verdict = count >= fail ? 'fail' : count >= warn ? 'warn' : 'pass';
  const why = count === 0 ? '' : `: ${reasonsOf(own)}`;
  return {
    verdict,
    observed: `${complete ? '' : 'at least '}${count} in ${minutes} minutes${why}`,
    expected,
  };
}

function stoppedByItself({ stopCode, stoppedReason = '' }: StoppedTask): boolean {
  return (
    !WANTED.has(stopCode ?? '') && !(stopCode === 'ServiceSchedulerInitiated' && SCALING.test(stoppedReason))
  );
}

function reasonsOf(tasks: readonly StoppedTask[]): string {
  const groups = [...Map.groupBy(tasks, reasonOf)].toSorted(
    ([, left], [, right]) => right.length - left.length,
  );
  const rest = groups.length - MOST_REASONS;
  const shown = groups.slice(0, MOST_REASONS).map(([reason, members]) => `${members.length} × ${reason}`);
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more reasons` : ''}`;
}

function reasonOf({ stopCode, stoppedReason, taskDefinitionArn, containers = [] }: StoppedTask): string {
  const broken = containers.find(({ exitCode, reason }) => reason !== undefined || (exitCode ?? 0) !== 0);
  // ECS names the task in the reason, which would make each one its own.
  const reason = (stoppedReason ?? stopCode ?? 'no reason')
    .replace(/\((?:task|port|target-group)[^)]*\)/g, '')
    .trim();
  const parts = [
    reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason,
    ...(broken?.exitCode === undefined ? [] : [`${broken.name} ended with ${broken.exitCode}`]),
    // `OutOfMemoryError: Container killed due to memory usage`; what follows may be long.
    ...(broken?.reason === undefined ? [] : [broken.reason.split(':')[0] as string]),
  ];
  return `${short(taskDefinitionArn)} ${parts.join(', ')}`;
}
