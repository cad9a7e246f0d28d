import { AwsError, type Machine } from '../../contract.ts';
import type { RedisServer } from '../../redis/server.ts';

/** A change of tokens that was accepted and is not done. */
export interface PendingTokens {
  readonly strategy: 'ROTATE' | 'SET';
  readonly tokens: readonly string[];
}

/** A replication group: one real server, its primary node. */
export interface ReplicationGroup {
  readonly identifier: string;
  readonly description: string;
  readonly createdAt: number;
  readonly server: RedisServer;
  readonly nodeType: string;
  readonly engineVersion: string;
  /** Primary node and replicas; the latter are settings only. */
  readonly nodes: number;
  readonly settings: {
    readonly automaticFailover: boolean;
    readonly multiAz: boolean;
    readonly encryptedAtRest: boolean;
    readonly kmsKeyId: string | undefined;
    readonly autoMinorVersionUpgrade: boolean;
    readonly snapshotRetentionDays: number;
  };
  readonly tags: Record<string, string>;
  status: 'available' | 'modifying';
  /** Good tokens, the newest last; none: none is asked for. */
  tokens: readonly string[];
  tokensChangedAt: number;
  pending: PendingTokens | undefined;
}

/** What there is of ElastiCache in this account. */
export interface Account {
  readonly machine: Machine;
  /** By identifier. */
  readonly groups: Map<string, ReplicationGroup>;
  readonly subnetGroups: Set<string>;
  readonly parameterGroups: Set<string>;
  /** Aborts when the service closes. */
  readonly closing: AbortController;
  /** The group by identifier, in any case; throws `ReplicationGroupNotFoundFault`. */
  group(identifier: string): ReplicationGroup;
}

export function createAccount(machine: Machine): Account {
  const groups = new Map<string, ReplicationGroup>();
  return {
    machine,
    groups,
    subnetGroups: new Set(['default']),
    parameterGroups: new Set(),
    closing: new AbortController(),
    group(identifier) {
      const found = groups.get(identifier.toLowerCase());
      if (found) return found;
      throw new AwsError('ReplicationGroupNotFoundFault', `ReplicationGroup ${identifier} not found.`, {
        status: 404,
      });
    },
  };
}
