import type { WaitedFor } from './parked.ts';

/** Keys under which tokens are parked, and which events lead to. */
export const Resource = {
  /** @param cluster name or ARN */
  service: (cluster: string, service: string) => `ecs-service/${lastPart(cluster)}/${lastPart(service)}`,
  task: (arn: string) => `ecs-task/${arn}`,
  // RDS keeps identifiers in lower case.
  instance: (identifier: string) => `rds-instance/${identifier.toLowerCase()}`,
  snapshot: (identifier: string) => `rds-snapshot/${identifier.toLowerCase()}`,
  secret: (arn: string) => `secret/${arn}`,
} as const;

const lastPart = (nameOrArn: string): string => nameOrArn.split('/').at(-1) as string;

/** Keys of everything whose events can end a wait. */
export function resourcesOf(waited: WaitedFor): string[] {
  switch (waited.kind) {
    case 'steady-service':
      return [Resource.service(waited.target.cluster, waited.target.service)];
    case 'db-instance':
      return [Resource.instance(waited.identifier)];
    case 'db-snapshot':
      return [Resource.snapshot(waited.identifier)];
    case 'consumers':
      return [...new Set(waited.services.map(({ cluster, service }) => Resource.service(cluster, service)))];
    case 'ecs-task':
      return [Resource.task(waited.taskArn)];
    case 'secret-rotations':
      return waited.secrets.map(({ arn }) => Resource.secret(arn));
  }
}
