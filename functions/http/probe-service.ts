import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Check } from '../../schemas/run.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { median, type ProbeAnswer, whyUnhealthy } from './health-answer.ts';

/** Each path is asked this often, so that every task is likely to be met and one slow answer does not decide. */
const PROBES = 5;
/** After so many problems the answer is known; a service that hangs is not asked on and on. */
const ENOUGH_PROBLEMS = 2;
/** A probe without an answer is given up after this long, in milliseconds. */
const PROBE_TIMEOUT_MILLISECONDS = 5000;
/** A health answer is short; no more than this is read, in bytes. */
const LONGEST_BODY = 65_536;

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
  const { problems } = await probe(`${baseUrl}${path}`, why);
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
  const { problems, times } = await probe(`${target.baseUrl}${path}`, whyUnhealthy);
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

async function probe(
  url: string,
  whyBad: (answer: ProbeAnswer) => string | undefined,
): Promise<{ readonly problems: string[]; readonly times: number[] }> {
  const problems: string[] = [];
  const times: number[] = [];
  for (let index = 0; index < PROBES && problems.length < ENOUGH_PROBLEMS; index += 1) {
    try {
      const answer = await ask(url);
      times.push(answer.milliseconds);
      const why = whyBad(answer);
      if (why !== undefined) problems.push(why);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return { problems, times };
}

/** One GET over a connection of its own; redirects are not followed. */
function ask(url: string): Promise<ProbeAnswer> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = send(
      url,
      { agent: false, headers: { accept: 'application/json', 'user-agent': 'nightshift-probe' } },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        const finish = (truncated: boolean) => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            truncated,
            milliseconds: performance.now() - started,
          });
        };
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > LONGEST_BODY) {
            finish(true);
            request.destroy();
          } else chunks.push(chunk);
        });
        response.on('end', () => finish(false));
        response.on('error', reject);
      },
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`did not answer within ${PROBE_TIMEOUT_MILLISECONDS} ms`)),
      PROBE_TIMEOUT_MILLISECONDS,
    );
    request.on('error', (error: Error & { code?: string }) => {
      clearTimeout(timer);
      reject(error.code === undefined ? error : new Error(`could not be reached (${error.code})`));
    });
    request.end();
  });
}
