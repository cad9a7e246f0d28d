import type { Machine } from '../../contract.ts';
import type { Instance, Snapshot } from './model.ts';

interface RdsEvent {
  readonly sourceType: 'db-instance' | 'db-snapshot';
  readonly identifier: string;
  readonly arn: string;
  readonly at: number;
  readonly message: string;
  readonly categories: readonly string[];
}

/**
 * Ids and categories of RDS's events.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
 */
const CATEGORIES = {
  'RDS-EVENT-0001': 'backup',
  'RDS-EVENT-0002': 'backup',
  'RDS-EVENT-0003': 'deletion',
  'RDS-EVENT-0004': 'availability',
  'RDS-EVENT-0005': 'creation',
  'RDS-EVENT-0006': 'availability',
  'RDS-EVENT-0007': 'low storage',
  'RDS-EVENT-0011': 'configuration change',
  'RDS-EVENT-0016': 'configuration change',
  'RDS-EVENT-0019': 'restoration',
  'RDS-EVENT-0024': 'configuration change',
  'RDS-EVENT-0025': 'configuration change',
  'RDS-EVENT-0028': 'configuration change',
  'RDS-EVENT-0029': 'configuration change',
  'RDS-EVENT-0030': 'configuration change',
  'RDS-EVENT-0031': 'failure',
  'RDS-EVENT-0032': 'configuration change',
  'RDS-EVENT-0040': 'creation',
  'RDS-EVENT-0041': 'deletion',
  'RDS-EVENT-0042': 'creation',
  'RDS-EVENT-0043': 'restoration',
  'RDS-EVENT-0078': 'configuration change',
  'RDS-EVENT-0090': 'creation',
  'RDS-EVENT-0091': 'creation',
  'RDS-EVENT-0196': 'notification',
  'RDS-EVENT-0197': 'notification',
  'RDS-EVENT-0418': 'failure',
} as const;

/** Id of an event that the sandbox sends. */
export type RdsEventId = keyof typeof CATEGORIES;

/** How the kinds of sources are called on EventBridge. */
const ON_THE_BUS = {
  'db-instance': { detailType: 'RDS DB Instance Event', sourceType: 'DB_INSTANCE' },
  'db-snapshot': { detailType: 'RDS DB Snapshot Event', sourceType: 'SNAPSHOT' },
} as const;

/** What RDS tells about instances and snapshots: kept for DescribeEvents, and sent to EventBridge. */
export interface RdsEvents {
  ofInstance(instance: Instance, id: RdsEventId, message: string): void;
  ofSnapshot(snapshot: Snapshot, id: RdsEventId, message: string): void;
  all(): readonly RdsEvent[];
}

export function createRdsEvents(machine: Machine): RdsEvents {
  const events: RdsEvent[] = [];
  function record(
    sourceType: RdsEvent['sourceType'],
    source: { identifier: string; tags: Record<string, string> },
    arn: string,
    id: RdsEventId,
    message: string,
  ): void {
    const at = machine.clock.now();
    const categories = [CATEGORIES[id]];
    events.push({ sourceType, identifier: source.identifier, arn, at, message, categories });
    const bus = ON_THE_BUS[sourceType];
    machine.engines.putEvent({
      source: 'aws.rds',
      detailType: bus.detailType,
      resources: [arn],
      at,
      detail: {
        EventCategories: categories,
        SourceType: bus.sourceType,
        SourceArn: arn,
        Date: new Date(at).toISOString(),
        Message: message,
        SourceIdentifier: source.identifier,
        EventID: id,
        Tags: { ...source.tags },
      },
    });
  }
  return {
    ofInstance(instance, id, message) {
      record('db-instance', instance, machine.arn('rds', `db:${instance.identifier}`), id, message);
    },
    ofSnapshot(snapshot, id, message) {
      record('db-snapshot', snapshot, machine.arn('rds', `snapshot:${snapshot.identifier}`), id, message);
    },
    all: () => events,
  };
}
