import type { Check } from '../../schemas/run.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { median, whyUnhealthy } from './health-answer.ts';
import { namesLoopback } from './probe/declared-hosts.ts';
import { ProbeFailure } from './probe/failure.ts';
import { type ProbeAnswer, probe } from './probe/probe.ts';

/** Each path is asked this often, so that every task is likely to be met and one slow answer does not decide. */
const PROBES = 5;
/** After so many problems the answer is known; a service that hangs is not asked on and on. */
const ENOUGH_PROBLEMS = 2;

/** Whether a service is live and ready (P-01), asked over fresh connections. `prefix` stands before the names of the checks. */
export async function probeService(
  target: Pick<ServiceTarget, 'baseUrl' | 'latencyLimitMilliseconds' | 'livenessPath' | 'readinessPath'>,
  prefix = '',
): Promise<Check[]> {
  return [
    await probePath(`${prefix}liveness`, target, target.livenessPath),
    await probePath(`${prefix}readiness`, target, target.readinessPath),
  ];
}

/** Whether a path of a service answers as it must, asked as often as its health is: a status of these is good. */
export async function probeStatus(
  name: string,
  { baseUrl }: Pick<ServiceTarget, 'baseUrl'>,
  path: string,
  statuses: readonly number[],
): Promise<Check> {
  const why = ({ status }: ProbeAnswer) => (statuses.includes(status) ? undefined : `answered ${status}`);
  const { problems } = await askOften(baseUrl, path, why);
  const passed = problems.length === 0;
  return {
    name,
    passed,
    measured: passed
      ? `${path} answered ${statuses.join(' or ')} ${PROBES} times`
      : `${path} ${problems[0]} (${problems.length} times), wanted ${statuses.join(' or ')}`,
    at: new Date().toISOString(),
  };
}

/** Probes one path several times and judges the answers together. */
export async function probePath(
  name: string,
  target: Pick<ServiceTarget, 'baseUrl' | 'latencyLimitMilliseconds'>,
  path: string,
): Promise<Check> {
  const { problems, times } = await askOften(target.baseUrl, path, whyUnhealthy);
  const at = new Date().toISOString();
  const middle = Math.round(median(times));
  if (problems.length > 0)
    return {
      name,
      passed: false,
      measured: `${path} ${problems[0]} (${problems.length} times)`,
      at,
    };
  const passed = middle <= target.latencyLimitMilliseconds;
  return {
    name,
    passed,
    measured: `${path} answered 200 ${PROBES} times, median ${middle} ms, limit ${target.latencyLimitMilliseconds} ms`,
    at,
  };
}

async function askOften(
  baseUrl: string,
  path: string,
  whyBad: (answer: ProbeAnswer) => string | undefined,
): Promise<{ readonly problems: string[]; readonly times: number[] }> {
  const problems: string[] = [];
  const times: number[] = [];
  for (let index = 0; index < PROBES && problems.length < ENOUGH_PROBLEMS; index += 1) {
    const answer = await ask(baseUrl, path);
    if (answer instanceof ProbeFailure) problems.push(answer.message);
    else {
      times.push(answer.milliseconds);
      const why = whyBad(answer);
      if (why !== undefined) problems.push(why);
    }
  }
  return { problems, times };
}

/** One GET; only the target's own host is asked. A sandbox declares loopback by its name, which no other target does. */
function ask(baseUrl: string, path: string) {
  const { host, hostname } = new URL(baseUrl);
  return probe({ url: `${baseUrl}${path}` }, { hosts: [host], allowLoopback: namesLoopback(hostname) });
}
