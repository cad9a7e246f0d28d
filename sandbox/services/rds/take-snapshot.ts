import { AwsError } from '../../contract.ts';
import { takeBackup } from '../../postgres/backup.ts';
import type { Account } from './account.ts';
import { DURATIONS } from './durations.ts';
import { hanging, lasting } from './lifecycle.ts';
import type { Instance, Snapshot } from './model.ts';

/** How many manual snapshots an account may have unless AWS was asked for more. */
const MANUAL_SNAPSHOT_QUOTA = 100;

/**
 * Fails as RDS does when there may be no manual snapshot of this name.
 *
 * @throws AwsError
 */
export function requireFreeSnapshot({ snapshots }: Account, identifier: string): void {
  if (snapshots.has(identifier)) {
    throw new AwsError(
      'DBSnapshotAlreadyExistsFault',
      `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
    );
  }
  const manual = [...snapshots.values()].filter(({ type }) => type === 'manual');
  if (manual.length >= MANUAL_SNAPSHOT_QUOTA) {
    throw new AwsError(
      'SnapshotQuotaExceededFault',
      `Cannot create more than ${MANUAL_SNAPSHOT_QUOTA} manual snapshots.`,
    );
  }
}

/** A snapshot that is about to be taken of an instance, entered under its name. */
export function enterSnapshot(
  account: Account,
  instance: Instance,
  type: Snapshot['type'],
  identifier: string,
  tags?: Record<string, string>,
): Snapshot {
  const { configuration } = instance;
  const snapshot: Snapshot = {
    identifier,
    type,
    instanceIdentifier: instance.identifier,
    resourceId: instance.resourceId,
    instanceCreatedAt: instance.createdAt,
    masterUsername: instance.masterUsername,
    database: instance.database,
    port: instance.server?.port ?? 0,
    configuration,
    instanceTags: { ...instance.tags },
    // Tags of its own replace those that it would get from the instance.
    tags: { ...(tags ?? (configuration.copyTagsToSnapshot ? instance.tags : {})) },
    status: 'creating',
    begunAt: account.machine.clock.now(),
    duration: DURATIONS.backup,
    takenAt: undefined,
    originallyTakenAt: undefined,
    data: undefined,
  };
  account.snapshots.set(identifier, snapshot);
  const message = type === 'manual' ? 'Creating manual snapshot' : 'Creating automated snapshot';
  account.events.ofSnapshot(snapshot, type === 'manual' ? 'RDS-EVENT-0040' : 'RDS-EVENT-0090', message);
  return snapshot;
}

/** Lets a snapshot fail half-way, or never come to an end. RDS has no event for either. */
export async function spoilSnapshot(
  account: Account,
  snapshot: Snapshot,
  effect: 'fail' | 'hang',
): Promise<void> {
  account.lifecycle.background(
    async (signal) => {
      if (effect === 'hang') await hanging(signal);
      await lasting(account.machine, snapshot.duration / 2, signal, async () => {});
      if (snapshot.status === 'creating') snapshot.status = 'failed';
    },
    () => {},
  );
}

/** Copies the instance's data into a snapshot: what clients write meanwhile goes on. */
export async function fillSnapshot(account: Account, instance: Instance, snapshot: Snapshot): Promise<void> {
  const { machine, events } = account;
  try {
    if (!instance.server) throw new Error(`${instance.identifier} does not run.`);
    const name = `${instance.resourceId}-${snapshot.begunAt}-${snapshot.identifier.replace(/\W/g, '-')}`;
    const backup = await takeBackup(machine, instance.server, name.toLowerCase());
    snapshot.data = { backup, users: 1 };
    snapshot.takenAt = machine.clock.now();
    snapshot.originallyTakenAt = snapshot.takenAt;
  } catch (error) {
    snapshot.status = 'failed';
    throw error;
  }
  // It is complete when its time is over; the copy was what took work.
  account.lifecycle.background(
    async (signal) => {
      const left = snapshot.begunAt + snapshot.duration - machine.clock.now();
      await lasting(machine, Math.max(0, left), signal, async () => {});
      if (snapshot.status !== 'creating') return;
      snapshot.status = 'available';
      if (snapshot.type === 'manual')
        events.ofSnapshot(snapshot, 'RDS-EVENT-0042', 'Manual snapshot created');
      else events.ofSnapshot(snapshot, 'RDS-EVENT-0091', 'Automated snapshot created');
    },
    () => {
      snapshot.status = 'failed';
    },
  );
}

/** The state in which RDS backs an instance up by itself, from which on it can be restored to a point in time. */
export function backUpPhase(account: Account, instance: Instance): Promise<void> {
  return account.lifecycle.phase(
    instance,
    'backing-up',
    DURATIONS.backup,
    () => backUp(account, instance),
    () => tellBackedUp(account, instance),
  );
}

/** RDS's word that an instance has been backed up. */
export function tellBackedUp({ events }: Account, instance: Instance): void {
  events.ofInstance(instance, 'RDS-EVENT-0002', 'Finished DB Instance backup');
}

/** The backup that RDS makes by itself; {@link tellBackedUp} is to follow. */
export async function backUp(account: Account, instance: Instance): Promise<void> {
  const { machine, events } = account;
  const minute = new Date(machine.clock.now()).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  const name = `rds:${instance.identifier}-${minute}`;
  // RDS makes no two in a minute; a fast sandbox may.
  const identifier = account.snapshots.has(name) ? `${name}-${account.machine.clock.now() % 60_000}` : name;
  events.ofInstance(instance, 'RDS-EVENT-0001', 'Backing up DB instance');
  await fillSnapshot(account, instance, enterSnapshot(account, instance, 'automated', identifier));
}

/** Removes the backups that RDS made by itself. */
export async function removeAutomatedBackups(account: Account, instance: Instance): Promise<void> {
  for (const snapshot of [...account.snapshots.values()]) {
    if (snapshot.type !== 'automated' || snapshot.resourceId !== instance.resourceId) continue;
    account.snapshots.delete(snapshot.identifier);
    snapshot.status = 'deleted';
    await account.release(snapshot.data);
  }
}
