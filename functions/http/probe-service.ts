import type { Check } from '../../schemas/run.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { type AskedEndpoint, type AskedService, askDeclared } from './ask-declared.ts';
import { askOften } from './ask-often.ts';
import { settingsFor } from './declared-endpoints.ts';
import { median } from './health-answer.ts';

/**
 * Whether a service is live and ready, and answers as it declares at its further addresses (P-01): one check for each. `prefix` stands
 * before their names. Of the time that answers take, that of liveness and readiness is judged.
 */
export async function probeService(
  target: AskedService & Pick<ServiceTarget, 'latencyLimitMilliseconds'>,
  signal: AbortSignal,
  prefix = '',
): Promise<Check[]> {
  const [liveness, readiness, ...others] = await askDeclared(target, signal);
  const limit = target.latencyLimitMilliseconds;
  return [
    checkOf(liveness, prefix, limit),
    checkOf(readiness, prefix, limit),
    ...others.map((one) => checkOf(one, prefix)),
  ];
}

/** Whether a path of a service answers with one of these statuses, asked as often as its health is. */
export async function probeStatus(
  name: string,
  target: Pick<ServiceTarget, 'baseUrl'>,
  path: string,
  status: readonly number[],
  signal: AbortSignal,
): Promise<Check> {
  const settings = { ...settingsFor(target), signal };
  return checkOf({ name, ...(await askOften(path, `${target.baseUrl}${path}`, { status }, settings)) });
}

/** What could not be asked proves nothing, and so has not passed. */
function checkOf(
  { name, verdict, measured, times }: AskedEndpoint,
  prefix = '',
  limitMilliseconds?: number,
): Check {
  const answered = { name: `${prefix}${name}`, at: new Date().toISOString() };
  if (verdict !== 'pass' || limitMilliseconds === undefined)
    return { ...answered, passed: verdict === 'pass', measured };
  const middle = Math.round(median(times));
  return {
    ...answered,
    passed: middle <= limitMilliseconds,
    measured: `${measured}, median ${middle} ms, limit ${limitMilliseconds} ms`,
  };
}
