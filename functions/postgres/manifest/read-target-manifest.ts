import type { DatabaseTarget } from '../../../schemas/target.ts';
import { PreconditionFailed } from '../../errors.ts';
import { mapError } from '../../step/map-error.ts';
import { readLogin } from '../login.ts';
import { type MigrationHead, readHeads } from '../migration-head.ts';
import { type Login, openSession, type Session } from '../session.ts';
import { parseColumn, parseRelation } from '../validate/relation-name.ts';
import type { Manifest } from './manifest.ts';
import { printed } from './names.ts';
import { takeManifest } from './take-manifest.ts';

/**
 * Lambda ends a function after 15 minutes. After so many seconds reading is given up, so that the function can still say so and the
 * run goes on without a manifest.
 */
const MOST_SECONDS = 780;
/** For one table's statement, so that one table that takes too long is named before the time for all is over. */
const STATEMENT_SECONDS = 600;
/** Readers at the same time: on burstable instances (two processors, and credits to spare) fewer. */
const WORKERS = { burstable: 2, other: 4 } as const;

/** What was read, and when. */
export interface TakenNow {
  readonly manifest: Manifest;
  /** By this function's clock, at the latest when the database was as the manifest says (ISO 8601). */
  readonly takenAt: string;
}

/**
 * Takes the manifest of a declared database as its configuration asks for.
 *
 * @param instanceClass such as `db.t4g.micro`: how many readers it can bear
 * @throws RunbookError or what PostgreSQL and Secrets Manager say; PreconditionFailed where the time for all is over
 */
export async function readTargetManifest(
  target: DatabaseTarget,
  instanceClass: string,
  signal: AbortSignal,
  mostSeconds = MOST_SECONDS,
): Promise<TakenNow> {
  const login = await readLogin(target);
  const migrationHead = await readMigrationHead(target, login);
  const sessions: Session[] = [];
  const limit = AbortSignal.timeout(mostSeconds * 1000);
  const over = AbortSignal.any([signal, limit]);
  const endAll = () => void Promise.all(sessions.map((session) => session.close()));
  over.addEventListener('abort', endAll);
  let takenAt: string | undefined;
  try {
    const manifest = await takeManifest(
      async () => {
        over.throwIfAborted();
        // The first session holds the snapshot; once the next one is opened, it has been taken.
        if (sessions.length > 0) takenAt ??= new Date().toISOString();
        const session = await openSession(login, {
          statementTimeoutMilliseconds: (STATEMENT_SECONDS + 1) * 1000,
        });
        sessions.push(session);
        return session;
      },
      {
        migrationHead,
        ...manifestOptions(target),
        workers: workersFor(instanceClass),
        statementTimeoutMilliseconds: STATEMENT_SECONDS * 1000,
        totalTimeoutMilliseconds: mostSeconds * 1000,
      },
    );
    return { manifest, takenAt: takenAt ?? new Date().toISOString() };
  } catch (error) {
    if (limit.aborted)
      throw new PreconditionFailed(
        `The manifest of ${target.name} was not complete after ${mostSeconds} s. Nothing was changed. Exclude schemas that need no proof, or declare fewer tables critical.`,
      );
    throw error;
  } finally {
    over.removeEventListener('abort', endAll);
    endAll();
  }
}

/**
 * Names as people write them, as the manifest prints them.
 *
 * @throws InvalidInput for what is not a name
 */
export function manifestOptions({
  expectations,
  manifest,
}: Pick<DatabaseTarget, 'expectations' | 'manifest'>) {
  return {
    critical: (expectations?.criticalTables ?? []).map((name) => printed(parseRelation(name))),
    excludedSchemas: manifest.excludedSchemas,
    timestampColumns: Object.fromEntries(
      Object.entries(manifest.timestampColumns).map(([table, column]) => [
        printed(parseRelation(table)),
        parseColumn(column),
      ]),
    ),
  };
}

/** How many readers an instance can bear. */
export function workersFor(instanceClass: string): number {
  return /^db\.t\d/.test(instanceClass) ? WORKERS.burstable : WORKERS.other;
}

/** A head that cannot be read does not spoil the manifest. */
async function readMigrationHead({ migrations }: DatabaseTarget, login: Login): Promise<MigrationHead> {
  if (migrations === 'none') return { known: false, why: 'the database declares no migration tool' };
  try {
    const session = await openSession(login);
    try {
      return { known: true, heads: await readHeads(session, migrations) };
    } finally {
      await session.close();
    }
  } catch (error) {
    return { known: false, why: mapError(error, 'reading it').message.replace(/\.$/, '') };
  }
}
