import { HEALTH_DEFAULTS, type HealthPolicy, type HttpHealth } from '../../../../schemas/health.ts';
import type { ServiceTarget } from '../../../../schemas/target.ts';

/** A declared service as it is stored, with its defaults. */
export function aService(baseUrl: string, health: Partial<HealthPolicy> = {}): ServiceTarget {
  return {
    kind: 'service',
    name: 'api',
    environment: 'production',
    cluster: 'main',
    service: 'api',
    baseUrl,
    livenessPath: '/live',
    readinessPath: '/ready',
    // Other tests run on this machine too.
    latencyLimitMilliseconds: 1000,
    errorRatioLimitPercent: 1,
    minimumRequests: 20,
    bakeSeconds: 600,
    observeSeconds: 60,
    steadyTimeoutSeconds: 1800,
    alarms: [],
    health: { ...HEALTH_DEFAULTS, ...health },
  };
}

/** Asked a few times only. */
export const aHttpHealth = (change: Partial<HttpHealth> = {}): HttpHealth => ({
  ...HEALTH_DEFAULTS.http,
  samples: 3,
  p95Milliseconds: 2000,
  ...change,
});
