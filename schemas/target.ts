import * as z from 'zod/mini';

/** PostgreSQL database that a service uses, as far as its migration head is concerned. */
export const DatabaseTarget = z.object({
  kind: z.literal('database'),
  name: z.string(),
  /** RDS instance identifier. */
  instance: z.string(),
  /** Host name, port and database name to connect to. */
  host: z.string(),
  /** A text where it was known only when the stack was deployed. */
  port: z.coerce.number(),
  database: z.string(),
  /** Secret with `username` and `password` (host, port and dbname in it are ignored: a secret cannot redirect us). */
  secretArn: z.string(),
  /** Which tool's table tells the migration head (P-02). */
  migrations: z.enum(['alembic', 'prisma', 'none']),
});
export type DatabaseTarget = z.infer<typeof DatabaseTarget>;

/** An ECS service as a runbook sees it: names resolved, defaults filled in. Stored in SSM, one parameter a service. */
export const ServiceTarget = z.object({
  kind: z.literal('service'),
  name: z.string(),
  environment: z.string(),
  /** ECS cluster name. */
  cluster: z.string(),
  /** ECS service name within the cluster. */
  service: z.string(),
  /** Scheme, host and optional port under which the paths below are probed, without a trailing slash. */
  baseUrl: z.string(),
  livenessPath: z.string(),
  readinessPath: z.string(),
  /** P-01: slowest acceptable answer (median of the probes). */
  latencyLimitMilliseconds: z.number(),
  /** P-06: highest acceptable percentage of 5xx answers. */
  errorRatioLimitPercent: z.number(),
  /** Below this number of requests a ratio proves nothing. */
  minimumRequests: z.number(),
  /** How long a deployment must run healthy before its revision counts as good. */
  bakeSeconds: z.number(),
  /** How long after the act fresh datapoints are collected before they are judged. */
  observeSeconds: z.number(),
  /** How long a deployment may take to become steady. */
  steadyTimeoutSeconds: z.number(),
  /** CloudWatch dimension values (`app/name/id`, `targetgroup/name/id`); absent: no load balancer metrics. */
  loadBalancer: z.optional(z.string()),
  targetGroup: z.optional(z.string()),
  /** Names of the alarms that guard this service; those of its own and those made by Nightshift. */
  alarms: z.array(z.string()),
  database: z.optional(DatabaseTarget),
});
export type ServiceTarget = z.infer<typeof ServiceTarget>;

export const Target = z.discriminatedUnion('kind', [ServiceTarget, DatabaseTarget]);
export type Target = z.infer<typeof Target>;
