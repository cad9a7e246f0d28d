import type { DatabaseHealth } from '../../schemas/health/database-health.ts';
import { WindowAssertion } from '../../schemas/health/window-assertion.ts';
import { type CloudWatchCheck, HEALTH_DEFAULTS, type HealthPolicy } from '../../schemas/health.ts';
import type { DatabaseHealthConfig } from './database-health-schema.ts';
import type { ServiceHealthConfig } from './health-schema.ts';

const seconds = (minutes: number) => Math.round(minutes * 60);

/** What is checked of a service, with everything resolved. */
export function serviceHealth(health: ServiceHealthConfig, baseUrl: string): HealthPolicy {
  const { correlationId, payload, metrics, errors, restarts, endpoints, heartbeats } = health;
  return {
    http: {
      samples: health.samples,
      p95Milliseconds: health.p95Milliseconds,
      readinessJson: health.readinessJson,
      endpoints: Object.entries(endpoints).map(([name, endpoint]) => {
        const { path, status, ready, json, samples, p50Milliseconds, p95Milliseconds } = endpoint;
        const timed = samples > 1 || p50Milliseconds !== undefined || p95Milliseconds !== undefined;
        return {
          name,
          path,
          status,
          ready,
          json,
          ...(timed ? { latency: defined({ samples, p50Milliseconds, p95Milliseconds }) } : {}),
        };
      }),
      redirects: health.redirects,
      hosts: health.hosts,
      certificate: health.certificate,
      ...(correlationId === undefined ? {} : { correlation: defined(correlationId) }),
      ...(payload === undefined ? {} : { payload: defined(payload) }),
    },
    errors: { windowSeconds: seconds(errors.windowMinutes), countLimit: errors.countLimit },
    ...(metrics === undefined
      ? {}
      : {
          metrics: defined({
            url: metrics.url ?? `${baseUrl}${metrics.path}`,
            secondsBetween: metrics.secondsBetween,
            assertions: metrics.assertions,
            errorRatio: metrics.errorRatio,
          }),
        }),
    cloudwatch: Object.entries(health.cloudwatch).map(([name, check]) => cloudWatchCheck(name, check)),
    heartbeats: Object.entries(heartbeats).map(
      ([name, { logGroup, line, intervalMinutes, lookBackMinutes }]) => ({
        name,
        logGroup,
        line,
        intervalSeconds: seconds(intervalMinutes),
        lookBackSeconds: seconds(lookBackMinutes),
      }),
    ),
    tasks: {
      mayRest: health.mayRest,
      restarts: { ...restarts, windowSeconds: HEALTH_DEFAULTS.tasks.restarts.windowSeconds },
    },
    starts: health.starts,
  };
}

function cloudWatchCheck(name: string, check: ServiceHealthConfig['cloudwatch'][string]): CloudWatchCheck {
  const { of, to, periodMinutes, windowMinutes, ...assertion } = check;
  return defined({
    of,
    to,
    periodSeconds: seconds(periodMinutes),
    periods: windowMinutes / periodMinutes,
    assertion: WindowAssertion.parse(defined({ name, ...assertion })),
  });
}

/** What is checked of a database; `arnOf` tells the ARN of a declared secret. */
export function databaseHealth(
  { latencyMilliseconds, connections, logins, starts }: DatabaseHealthConfig,
  arnOf: (secret: string) => string,
): DatabaseHealth {
  return { latencyMilliseconds, connections: defined(connections), loginArns: logins.map(arnOf), starts };
}

/** Without the members that are not there: a target goes through JSON. */
function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}
