import * as z from 'zod/mini';
import { Finding, Verdict } from './finding.ts';
import { JsonAssertion } from './health/json-assertion.ts';
import { MetricAssertion, MetricSelector } from './health/metric-assertion.ts';
import { WindowAssertion } from './health/window-assertion.ts';

/** One address of a service beside its liveness and readiness, and what it answers. */
export const EndpointCheck = z.object({
  name: z.string(),
  path: z.string(),
  status: z.array(z.number()),
  /** The body says that it is ready, and so does every entry of its `checks`. */
  ready: z.boolean(),
  json: z.array(JsonAssertion),
  /** Asked so often; once without a limit. */
  latency: z.optional(
    z.object({
      samples: z.number(),
      p50Milliseconds: z.optional(z.number()),
      p95Milliseconds: z.optional(z.number()),
    }),
  ),
});
export type EndpointCheck = z.infer<typeof EndpointCheck>;

/** How the paths of a service are asked (P-01, P-07, P-08). */
export const HttpHealth = z.object({
  /** How often readiness is asked to take its latency; its median is held to the service's own limit. */
  samples: z.number(),
  p95Milliseconds: z.number(),
  readinessJson: z.array(JsonAssertion),
  endpoints: z.array(EndpointCheck),
  /** Redirects that are followed; with none, a redirect is a wrong answer. */
  redirects: z.number(),
  /** Hosts beside the service's own to which a redirect may lead, `name` or `name:port`. */
  hosts: z.array(z.string()),
  certificate: z.object({ warnDays: z.number(), failDays: z.number() }),
  correlation: z.optional(
    z.object({ send: z.optional(z.string()), expect: z.optional(z.array(z.string())) }),
  ),
  /** A body of so many bytes is refused, and so is a list of so many items. Sent with POST. */
  payload: z.optional(
    z.object({
      path: z.string(),
      bytes: z.optional(z.number()),
      batch: z.optional(z.object({ item: z.unknown(), count: z.number(), key: z.optional(z.string()) })),
    }),
  ),
});
export type HttpHealth = z.infer<typeof HttpHealth>;

/** The service's own metrics, and what is to hold for them (P-06, P-08). */
export const MetricsHealth = z.object({
  /** Whole address. */
  url: z.string(),
  /** Time between two scrapes, where an assertion needs two. */
  secondsBetween: z.number(),
  assertions: z.array(MetricAssertion),
  /** Tells the error ratio instead of the load balancer. */
  errorRatio: z.optional(
    z.object({ requests: MetricSelector, errors: MetricSelector, over: z.enum(['total', 'increase']) }),
  ),
});
export type MetricsHealth = z.infer<typeof MetricsHealth>;

export const CloudWatchMetric = z.object({
  namespace: z.string(),
  metric: z.string(),
  dimensions: z.record(z.string(), z.string()),
  /** `Sum`, `Average`, `Maximum`, `p95`, … */
  statistic: z.string(),
});
export type CloudWatchMetric = z.infer<typeof CloudWatchMetric>;

/** What is to hold for a metric of CloudWatch in the window that has just passed. */
export const CloudWatchCheck = z.object({
  of: CloudWatchMetric,
  /** What a ratio is measured against. */
  to: z.optional(CloudWatchMetric),
  periodSeconds: z.number(),
  periods: z.number(),
  assertion: WindowAssertion,
});
export type CloudWatchCheck = z.infer<typeof CloudWatchCheck>;

/** A line that has to appear at least so often (P-03). */
export const Heartbeat = z.object({
  name: z.string(),
  logGroup: z.string(),
  /** Text that the line contains. */
  line: z.string(),
  intervalSeconds: z.number(),
  lookBackSeconds: z.number(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** What is checked of a service every morning, and with which limits. Stored with its target. */
export const HealthPolicy = z.object({
  http: HttpHealth,
  errors: z.object({
    windowSeconds: z.number(),
    /** So many errors are worth a warning though their ratio is small. */
    countLimit: z.number(),
  }),
  metrics: z.optional(MetricsHealth),
  cloudwatch: z.array(CloudWatchCheck),
  heartbeats: z.array(Heartbeat),
  tasks: z.object({
    /** No task at all is what the team wants now and then. */
    mayRest: z.boolean(),
    /** Tasks that stopped by themselves within the window: from so many on it is a warning, or a failure. */
    restarts: z.object({ warn: z.number(), fail: z.number(), windowSeconds: z.number() }),
  }),
  /** Runbooks that the daily check starts when a finding names them. */
  starts: z.array(z.string()),
});
export type HealthPolicy = z.infer<typeof HealthPolicy>;

/** What five teams wrote down (P-01 to P-08), and what AWS can tell. */
export const HEALTH_DEFAULTS: HealthPolicy = {
  http: {
    samples: 10,
    p95Milliseconds: 400,
    readinessJson: [],
    endpoints: [],
    redirects: 0,
    hosts: [],
    certificate: { warnDays: 14, failDays: 3 },
  },
  errors: { windowSeconds: 3600, countLimit: 10 },
  cloudwatch: [],
  heartbeats: [],
  // ECS remembers a stopped task for an hour.
  tasks: { mayRest: false, restarts: { warn: 1, fail: 3, windowSeconds: 3600 } },
  starts: [],
};

/** What all checks of one target found; less than 16 KiB as JSON. */
export const CheckReport = z.object({
  /** `service/api`. */
  target: z.string(),
  /** When it was looked at (ISO 8601). */
  at: z.string(),
  /** The gravest of all findings, those left out included. */
  verdict: Verdict,
  findings: z.array(Finding),
  /** Number of findings that did not fit in; the mildest ones. */
  omitted: z.optional(z.number()),
});
export type CheckReport = z.infer<typeof CheckReport>;
