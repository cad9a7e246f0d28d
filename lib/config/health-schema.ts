import { z } from 'zod';
import { JsonAssertion } from '../../schemas/health/json-assertion.ts';
import { MetricAssertion, MetricSelector } from '../../schemas/health/metric-assertion.ts';
import { HEALTH_DEFAULTS } from '../../schemas/health.ts';
import {
  CloudWatch,
  DAY_MINUTES,
  Endpoint,
  few,
  Heartbeat,
  MOST_SAMPLES,
  named,
  path,
} from './health-checks-schema.ts';

const text = z.string().min(1, 'must not be empty');
const count = z.number().int().positive();
const milliseconds = z.number().positive();
const header = z.string().regex(/^[\w-]+$/, 'must be the name of a header such as x-request-id');
const host = z
  .string()
  .regex(/^[\w.-]+(:\d{1,5})?$/, 'must be a host such as www.example.com, with a port where it is unusual');

/** Two scrapes and the time between them have to fit into the 45 seconds of all checks. */
const MOST_SECONDS_BETWEEN = 15;
/** No larger body is sent to find out whether it is refused, in bytes. */
const LARGEST_BODY = 64 * 1_048_576;

const { http, errors, tasks } = HEALTH_DEFAULTS;

/** What is checked of a service every morning (P-01, P-03, P-04, P-06 to P-08), as a team writes it. */
export const ServiceHealthSchema = z.strictObject({
  /** How often readiness is asked to take its latency. Its median is held to `thresholds.latencyMilliseconds`. */
  samples: count.max(MOST_SAMPLES).default(http.samples),
  p95Milliseconds: milliseconds.default(http.p95Milliseconds),
  /** What must hold for the JSON of the readiness path. */
  readinessJson: few(JsonAssertion),
  /** Further paths. */
  endpoints: named(Endpoint),
  /** Redirects that are followed. */
  redirects: z.number().int().min(0).max(10).default(http.redirects),
  /** Hosts to which a redirect may lead. */
  hosts: few(host),
  /** Days that the certificate must have left. */
  certificate: z
    .strictObject({
      warnDays: z.number().min(0).default(http.certificate.warnDays),
      failDays: z.number().min(0).default(http.certificate.failDays),
    })
    .refine(({ warnDays, failDays }) => warnDays >= failDays, { error: 'warnDays must be at least failDays' })
    .prefault({}),
  /** An answer carries an id by which it is found in the logs; `send`: the header in which one is sent that must come back. */
  correlationId: z
    .strictObject({ send: header.optional(), expect: z.array(header).min(1).optional() })
    .optional(),
  /** A body, or a list, that must be refused. It is sent with POST: use a path where that is harmless. */
  payload: z
    .strictObject({
      path,
      bytes: count.min(64).max(LARGEST_BODY).optional(),
      batch: z.strictObject({ item: z.json(), count: count.max(100_000), key: text.optional() }).optional(),
    })
    .refine(({ bytes, batch }) => bytes !== undefined || batch !== undefined, {
      error: 'needs bytes or batch',
    })
    .optional(),
  /** Errors as the load balancer counts them; their ratio is held to `thresholds.errorRatioPercent`. */
  errors: z
    .strictObject({
      windowMinutes: count
        .min(5)
        .max(DAY_MINUTES)
        .default(errors.windowSeconds / 60),
      /** So many are worth a warning. */
      countLimit: count.default(errors.countLimit),
    })
    .prefault({}),
  /** The service's own metrics, for Prometheus. */
  metrics: z
    .strictObject({
      path: path.default('/metrics'),
      /** Where they are somewhere else. */
      url: z
        .url({ protocol: /^https?$/, error: 'must be a URL such as http://api.internal:9090/metrics' })
        .optional(),
      secondsBetween: z.number().min(1).max(MOST_SECONDS_BETWEEN).default(10),
      assertions: few(MetricAssertion),
      /** Tells the error ratio instead of the load balancer. */
      errorRatio: z
        .strictObject({
          requests: MetricSelector,
          errors: MetricSelector,
          /** `total` since its process began, or `increase` between two scrapes of one process. */
          over: z.enum(['total', 'increase']).default('total'),
        })
        .optional(),
    })
    .optional(),
  /** Metrics of CloudWatch. */
  cloudwatch: named(CloudWatch),
  /** Lines that must come again and again. */
  heartbeats: named(Heartbeat),
  /** No task at all is on purpose now and then. */
  mayRest: z.boolean().default(tasks.mayRest),
  /** Tasks that stopped by themselves in the last hour. */
  restarts: z
    .strictObject({ warn: count.default(tasks.restarts.warn), fail: count.default(tasks.restarts.fail) })
    .refine(({ warn, fail }) => fail >= warn, { error: 'fail must be at least warn' })
    .prefault({}),
  /** Runbooks that are started when a failure names them. */
  starts: z.array(z.enum(['roll-back-service'])).default([]),
});
export type ServiceHealthConfig = z.output<typeof ServiceHealthSchema>;
