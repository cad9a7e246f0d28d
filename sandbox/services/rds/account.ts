import { randomBytes } from 'node:crypto';
import type { Machine } from '../../contract.ts';
import { freePort } from '../../free-port.ts';
import { removeBackup } from '../../postgres/backup.ts';
import { type ClockHistory, createClockHistory } from './clock-history.ts';
import { instanceNotFound, snapshotNotFound } from './errors.ts';
import { identifierOf } from './identifiers.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Instance, SharedBackup, Snapshot } from './model.ts';
import { createRdsEvents, type RdsEvents } from './rds-events.ts';

/** What there is of RDS in this account. */
export interface Account {
  readonly machine: Machine;
  readonly lifecycle: Lifecycle;
  readonly events: RdsEvents;
  readonly history: ClockHistory;
  /** By identifier. */
  readonly instances: Map<string, Instance>;
  readonly snapshots: Map<string, Snapshot>;
  /** Of other accounts, by ARN. */
  readonly sharedSnapshots: Map<string, Snapshot>;
  readonly subnetGroups: Set<string>;
  readonly parameterGroups: Set<string>;
  /** Identifiers that an instance is about to get. */
  readonly reserved: Set<string>;
  /** The instance by identifier (in any case) or ARN; throws `DBInstanceNotFoundFault`. */
  instance(nameOrArn: string): Instance;
  /** This account's snapshot by identifier (in any case) or ARN; throws `DBSnapshotNotFoundFault`. */
  snapshot(nameOrArn: string): Snapshot;
  /** The same, or one that another account shares, by its ARN. */
  usableSnapshot(nameOrArn: string): Snapshot;
  /** Whether an instance of this name is there or is being made. */
  isTaken(identifier: string): boolean;
  /** The port of the endpoint of this name. */
  portOf(identifier: string): Promise<number>;
  /** Says that one snapshot or restore less needs these data; the last one removes them. */
  release(data: SharedBackup | undefined): Promise<void>;
}

export function createAccount(machine: Machine): Account {
  const instances = new Map<string, Instance>();
  const snapshots = new Map<string, Snapshot>();
  const sharedSnapshots = new Map<string, Snapshot>();
  const reserved = new Set<string>();
  const ports = new Map<string, number>();
  function snapshot(nameOrArn: string): Snapshot {
    const found = isForeign(machine, nameOrArn) ? undefined : snapshots.get(identifierOf(nameOrArn));
    if (!found) throw snapshotNotFound(nameOrArn);
    return found;
  }
  return {
    machine,
    lifecycle: createLifecycle(machine),
    events: createRdsEvents(machine),
    history: createClockHistory(machine.clock),
    instances,
    snapshots,
    sharedSnapshots,
    subnetGroups: new Set(['default']),
    parameterGroups: new Set(),
    reserved,
    instance(nameOrArn) {
      const instance = isForeign(machine, nameOrArn) ? undefined : instances.get(identifierOf(nameOrArn));
      if (!instance) throw instanceNotFound(nameOrArn);
      return instance;
    },
    snapshot,
    usableSnapshot: (nameOrArn) => sharedSnapshots.get(nameOrArn.toLowerCase()) ?? snapshot(nameOrArn),
    isTaken: (identifier) => instances.has(identifier) || reserved.has(identifier),
    async portOf(identifier) {
      // An endpoint's name is made from the instance's identifier, so whoever has the identifier answers there: that is how
      // an instance replaces another. All names are localhost here, so the port has to follow the identifier instead.
      let port = ports.get(identifier);
      if (port !== undefined) return port;
      const taken = new Set(ports.values());
      do port = await freePort();
      while (taken.has(port));
      ports.set(identifier, port);
      return port;
    },
    async release(data) {
      if (!data) return;
      data.users -= 1;
      if (data.users === 0) await removeBackup(data.backup);
    },
  };
}

/** Whether an ARN names something of another account or region. */
const isForeign = ({ account, region }: Machine, nameOrArn: string) =>
  /^arn:/i.test(nameOrArn) && !nameOrArn.toLowerCase().includes(`:${region}:${account}:`);

/** A new `DbiResourceId`. */
export function newResourceId(): string {
  return `db-${randomBytes(13).toString('hex').toUpperCase()}`;
}

/** The name of the parameter group that RDS uses unless told otherwise. */
export function defaultParameterGroup(engineVersion: string): string {
  return `default.postgres${majorOf(engineVersion)}`;
}

/** The name of the option group that every PostgreSQL instance has. */
export function defaultOptionGroup(engineVersion: string): string {
  return `default:postgres-${majorOf(engineVersion)}`;
}

const majorOf = (engineVersion: string) => engineVersion.split('.')[0];
