import * as z from 'zod/mini';
import { Resource } from './resources.ts';

const SECRETS_MANAGER = 'secretsmanager.amazonaws.com';

/** An event of ECS, RDS or Secrets Manager; only its resource is trusted, for it may be late, early or repeated. */
export const ResourceEvent = z.object({
  'detail-type': z.string(),
  resources: z._default(z.array(z.string()), []),
  detail: z.object({
    /** Of ECS's events about services. */
    eventName: z.optional(z.string()),
    /** Of ECS's events about tasks; `group` is `service:<name>` where a service started the task. */
    taskArn: z.optional(z.string()),
    clusterArn: z.optional(z.string()),
    group: z.optional(z.string()),
    lastStatus: z.optional(z.string()),
    /** Of RDS's events. */
    SourceType: z.optional(z.string()),
    SourceIdentifier: z.optional(z.string()),
    EventID: z.optional(z.string()),
    /** Of Secrets Manager's events about rotations, which come by CloudTrail. */
    eventSource: z.optional(z.string()),
    additionalEventData: z.optional(z.nullable(z.object({ SecretId: z.optional(z.string()) }))),
  }),
});
export type ResourceEvent = z.infer<typeof ResourceEvent>;

/** The event in two words, for the audit log. */
export function nameOfEvent({ detail, 'detail-type': type }: ResourceEvent): string {
  return detail.eventName ?? detail.EventID ?? [type, detail.lastStatus].filter(Boolean).join(' ');
}

/**
 * Keys of the resources that an event is about.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 */
export function resourcesOfEvent({ resources, detail }: ResourceEvent): string[] {
  const { taskArn, clusterArn, group, SourceType, SourceIdentifier, eventSource } = detail;
  const secret = eventSource === SECRETS_MANAGER ? detail.additionalEventData?.SecretId : undefined;
  const services = resources.flatMap((arn) => {
    const [, cluster, service] = /:service\/([^/]+)\/([^/]+)$/.exec(arn) ?? [];
    return cluster && service ? [Resource.service(cluster, service)] : [];
  });
  const serviceOfTask = /^service:(.+)$/.exec(group ?? '')?.[1];
  return [
    ...new Set([
      ...services,
      ...(taskArn ? [Resource.task(taskArn)] : []),
      ...(serviceOfTask && clusterArn ? [Resource.service(clusterArn, serviceOfTask)] : []),
      ...(SourceType === 'DB_INSTANCE' && SourceIdentifier ? [Resource.instance(SourceIdentifier)] : []),
      ...(SourceType === 'SNAPSHOT' && SourceIdentifier ? [Resource.snapshot(SourceIdentifier)] : []),
      ...(secret ? [Resource.secret(secret)] : []),
    ]),
  ];
}
