import { sha256 } from '../run/audit-chain.ts';

const PREFIX = 'nightshift-';
/** Restored instances are named after snapshots too, and theirs is the shorter limit. */
const LONGEST = 63;
const HASH_LENGTH = 6;
/** Year to second. */
const TIME_LENGTH = 14;
const LONGEST_DATABASE = LONGEST - PREFIX.length - TIME_LENGTH - HASH_LENGTH - 2;

/**
 * The identifier of the snapshot that a run takes of a database: always the same one, so that a step that is run twice knows it
 * again, and another run's is another. Lower case, as RDS stores it.
 *
 * @example
 * snapshotName('main', { id: 'daily-1', startedAt: '2026-11-21T03:00:07.120Z' }); // nightshift-main-20261121030007-…
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
 */
export function snapshotName(
  database: string,
  run: { readonly id: string; readonly startedAt: string },
): string {
  const time = new Date(run.startedAt).toISOString().replace(/\D/g, '').slice(0, TIME_LENGTH);
  return `${PREFIX}${slug(database)}-${time}-${hashOf(run.id)}`;
}

/**
 * Whether this is the name of a snapshot that the run took. Tags can be copied, with a snapshot or from an instance; a name
 * cannot: what somebody copied for keeping has another one.
 */
export function isNameOfRun(identifier: string, runId: string): boolean {
  return identifier.startsWith(PREFIX) && identifier.endsWith(`-${hashOf(runId)}`);
}

/** When the run began that took the snapshot of this name, or undefined where the name tells no such time. */
export function runStartOf(identifier: string): Date | undefined {
  const digits = /-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)-[0-9a-f]{6}$/.exec(identifier)?.slice(1);
  if (digits === undefined) return undefined;
  const [year, month, day, hour, minute, second] = digits;
  const start = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(start.getTime()) ? undefined : start;
}

const hashOf = (runId: string): string => sha256(runId).slice(0, HASH_LENGTH);

/** A name's letters and digits; a declared name may have more than RDS takes. */
function slug(name: string): string {
  const trimmed = (text: string) => text.replace(/^-+|-+$/g, '');
  const plain = trimmed(name.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
  return trimmed(plain.slice(0, LONGEST_DATABASE)) || 'database';
}
