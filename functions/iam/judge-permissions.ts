import type { Judgement } from '../../schemas/finding.ts';
import type { Asked, Simulated } from './simulate-role.ts';

/** What IAM answered of what was asked; undefined where there is no such role. */
export interface Answered {
  readonly asked: readonly Asked[];
  readonly answers: readonly Simulated[] | undefined;
}

/** `main/api` of the service's ARN, `database-AbCdEf` of a secret's. */
const shortResource = (arn: string) =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^secret:/, '');
const shortRole = (arn: string) => arn.split('/').at(-1) ?? arn;

/**
 * Judges whether a role may do all that it has to. What depends on a condition that nobody could tell IAM of is unknown.
 *
 * @param lenient actions that the resource's own policy often allows, which the simulation does not see
 */
export function judgePermissions(
  roleArn: string,
  { asked, answers }: Answered,
  lenient: readonly string[] = [],
): Judgement {
  const actions = [...new Set(asked.map(({ action }) => action))];
  const expected = `${shortRole(roleArn)} may ${actions.join(', ')}`;
  if (answers === undefined)
    return { verdict: 'fail', observed: `there is no role ${shortRole(roleArn)}`, expected };
  const refused: string[] = [];
  const doubtful: string[] = [];
  const perhaps: string[] = [];
  for (const { action, resource } of asked) {
    const answer = answers.find((one) => one.action === action && one.resource === resource);
    const what = `${action} on ${shortResource(resource)}`;
    if (answer?.decision === 'allowed') continue;
    if (answer === undefined) doubtful.push(`IAM did not say whether it may ${what}`);
    else if (answer.missing.length > 0)
      doubtful.push(`whether it may ${what} depends on ${answer.missing.join(', ')}`);
    else if (answer.decision === 'explicitDeny') refused.push(`it is explicitly denied ${what}`);
    else if (lenient.includes(action))
      perhaps.push(`it may ${what} only where the resource's own policy lets it`);
    else refused.push(`it may not ${what}`);
  }
  const observed = [...refused, ...doubtful, ...perhaps].join('; ');
  if (refused.length > 0) return { verdict: 'fail', observed, expected };
  if (doubtful.length > 0) return { verdict: 'unknown', observed, expected };
  if (perhaps.length > 0) return { verdict: 'warn', observed, expected };
  return { verdict: 'pass', observed: `its policies allow ${actions.join(', ')}`, expected };
}
