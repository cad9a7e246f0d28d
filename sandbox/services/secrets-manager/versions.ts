import { AwsError } from '../../contract.ts';
import { LARGEST_LABEL_COUNT } from './limits.ts';
import type { SecretValue, Version } from './secret.ts';

/** Versions that have no label are removed once there are more versions than this … */
const KEPT_VERSIONS = 100;
/** … unless they are younger than this. Milliseconds. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const KEPT_MILLISECONDS = 86_400_000;

type Versions = Map<string, Version>;

/** The version that has a label, if one has. */
export function holderOf(versions: Iterable<Version>, label: string): Version | undefined {
  for (const version of versions) if (version.labels.has(label)) return version;
  return undefined;
}

/**
 * Moves a label to a version, or takes it away. The version that stops being current becomes AWSPREVIOUS by itself.
 *
 * @throws AwsError `LimitExceededException` for more labels than a secret may have; nothing is moved then
 */
export function moveLabel(versions: Versions, label: string, to: string | undefined): void {
  const from = holderOf(versions.values(), label);
  if (from?.id === to) return;
  if (to !== undefined) requireRoomFor(versions, label);
  from?.labels.delete(label);
  if (to !== undefined) versions.get(to)?.labels.add(label);
  if (label !== 'AWSCURRENT' || from === undefined) return;
  holderOf(versions.values(), 'AWSPREVIOUS')?.labels.delete('AWSPREVIOUS');
  from.labels.add('AWSPREVIOUS');
}

/** A label is on one version at most, so the labels of all versions are counted by their names. */
function requireRoomFor(versions: Versions, label: string): void {
  const labels = new Set([...versions.values()].flatMap((version) => [...version.labels]));
  if (labels.add(label).size <= LARGEST_LABEL_COUNT) return;
  throw new AwsError(
    'LimitExceededException',
    `A secret can have at most ${LARGEST_LABEL_COUNT} staging labels attached across all its versions.`,
  );
}

/** Version ids with their labels; versions without labels are deprecated and left out. */
export function labelsByVersion(versions: Iterable<Version>): Record<string, string[]> {
  return Object.fromEntries(
    [...versions].filter(({ labels }) => labels.size > 0).map(({ id, labels }) => [id, [...labels]]),
  );
}

export interface NewVersion {
  /** The request's token. */
  readonly id: string;
  readonly value: SecretValue;
  readonly labels: readonly string[];
  readonly now: number;
  readonly keyId: string | undefined;
}

/**
 * Adds a version, or gives the one that a rotation has reserved its value. A request that comes again is ignored: its
 * labels may have moved on since.
 *
 * @returns whether anything was changed
 * @throws AwsError `ResourceExistsException` where the version has another value
 */
export function putVersion(versions: Versions, secretArn: string, added: NewVersion): boolean {
  const existing = versions.get(added.id);
  if (existing?.value !== undefined) {
    if (sameValue(existing.value, added.value)) return false;
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${added.id} because that value is already in use for a version of secret ${secretArn}.`,
    );
  }
  const first = versions.size === 0;
  const labels = new Set([...(first ? ['AWSCURRENT'] : []), ...added.labels]);
  for (const label of labels) requireRoomFor(versions, label);
  if (existing) Object.assign(existing, { value: added.value, keyId: added.keyId });
  else versions.set(added.id, newVersion(added.id, added.value, added.now, added.keyId));
  for (const label of labels) moveLabel(versions, label, added.id);
  removeDeprecated(versions, added.now);
  return true;
}

/** Reserves a version for a rotation: labelled AWSPENDING, and empty. */
export function reservePending(versions: Versions, id: string, now: number): void {
  if (!versions.has(id)) versions.set(id, newVersion(id, undefined, now, undefined));
  moveLabel(versions, 'AWSPENDING', id);
}

function newVersion(
  id: string,
  value: SecretValue | undefined,
  createdAt: number,
  keyId: string | undefined,
): Version {
  return { id, value, labels: new Set(), createdAt, keyId, accessedAt: undefined };
}

function sameValue(one: SecretValue, other: SecretValue): boolean {
  if (one.text !== undefined || other.text !== undefined) return one.text === other.text;
  return Buffer.compare(one.binary, other.binary) === 0;
}

/** Removes the oldest versions without labels, as far as there are too many. */
function removeDeprecated(versions: Versions, now: number): void {
  const removable = [...versions.values()]
    .filter(({ labels, createdAt }) => labels.size === 0 && now - createdAt >= KEPT_MILLISECONDS)
    .sort((one, other) => one.createdAt - other.createdAt);
  for (const { id } of removable.slice(0, Math.max(0, versions.size - KEPT_VERSIONS))) versions.delete(id);
}
