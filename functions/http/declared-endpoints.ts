import type { EndpointCheck, HttpHealth } from '../../schemas/health.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { namesLoopback } from './probe/declared-hosts.ts';
import type { ProbeSettings } from './probe/probe.ts';
import type { EndpointExpectation } from './probe/probe-endpoint.ts';

/** One address of a service, and what it must answer. */
export interface DeclaredEndpoint {
  readonly name: string;
  readonly path: string;
  readonly expectation: EndpointExpectation;
}

/** Liveness, readiness and further addresses of a service, in this order, as its configuration declares them (P-01). */
export function declaredEndpoints(
  { livenessPath, readinessPath }: Pick<ServiceTarget, 'livenessPath' | 'readinessPath'>,
  { readinessJson, endpoints }: Pick<HttpHealth, 'readinessJson' | 'endpoints'>,
): [DeclaredEndpoint, DeclaredEndpoint, ...DeclaredEndpoint[]] {
  return [
    { name: 'liveness', path: livenessPath, expectation: { ready: true } },
    { name: 'readiness', path: readinessPath, expectation: { ready: true, json: readinessJson } },
    ...endpoints.map((endpoint) => ({
      name: endpoint.name,
      path: endpoint.path,
      expectation: expectationOf(endpoint),
    })),
  ];
}

/** Where probes of a service may go: its own host and those that its configuration names. */
export function settingsFor(
  { baseUrl }: Pick<ServiceTarget, 'baseUrl'>,
  hosts: readonly string[] = [],
): ProbeSettings {
  const { host, hostname } = new URL(baseUrl);
  // A sandbox declares loopback by its name, which no other target does.
  return { hosts: [host, ...hosts], allowLoopback: namesLoopback(hostname) };
}

function expectationOf({ status, ready, json, latency }: EndpointCheck): EndpointExpectation {
  return {
    status,
    ready,
    json,
    ...(latency === undefined ? {} : { latency: latency as EndpointExpectation['latency'] & {} }),
  };
}
