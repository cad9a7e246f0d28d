import type { Finding, Judgement } from '../../../schemas/finding.ts';
import type { DatabaseHealth } from '../../../schemas/health/database-health.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import { countUnfinished, type MigrationTool, readHeads } from '../../postgres/migration-head.ts';
import type { Session } from '../../postgres/session.ts';
import { failure, stateOf } from '../../postgres/validate/check.ts';
import { checkConnectivity } from '../../postgres/validate/connectivity.ts';
import { judgeHeads } from '../../postgres/validate/migrations.ts';
import { finding } from '../findings.ts';
import type { CheckKind } from '../handled-by.ts';
import { type Connections, judgeConnections } from './judge-connections.ts';

/** A client's session of another user shows no type to whom it is not entitled, but it shows its database. */
const CONNECTIONS = `
  SELECT count(*) FILTER (
           WHERE coalesce(backend_type = 'client backend', datid IS NOT NULL)
         )::int AS used,
         current_setting('max_connections')::int AS most,
         current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true), '0')::int
           + coalesce(current_setting('rds.rds_superuser_reserved_connections', true), '0')::int AS reserved
  FROM pg_catalog.pg_stat_activity`;

/** SQLSTATE: a table does not exist. */
const NO_TABLE = '42P01';

/** Asks a server that let us in: whether it answers, what it is, how full it is, and where its migrations stand (P-02). */
export async function askServer(
  session: Session,
  { migrations, expectations }: Pick<DatabaseTarget, 'migrations' | 'expectations'>,
  { latencyMilliseconds, connections }: DatabaseHealth,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ask = async (kind: CheckKind, expected: string, judge: () => Promise<Judgement>) => {
    const judgement = await judge().catch(
      (error: unknown): Judgement => ({ verdict: 'unknown', observed: failure(error), expected }),
    );
    findings.push(finding(kind, kind, judgement));
  };
  const answers = `an answer within ${latencyMilliseconds} ms`;
  await ask('connectivity', answers, async () => {
    const { passed, measured } = await checkConnectivity(session, latencyMilliseconds);
    // It let us in and then did not answer: that is no reason to know nothing.
    return {
      verdict: passed ? 'pass' : 'fail',
      observed: measured.replace(/^NOT CHECKED: /, ''),
      expected: answers,
    };
  });
  const wanted = expectations?.majorVersion;
  const versions = wanted === undefined ? 'a version' : `PostgreSQL ${wanted}`;
  await ask('server version', versions, async () => judgeVersion(await versionOf(session), wanted, versions));
  await ask('connections', 'connections are left', async () => {
    const { rows } = await session.query<{ used: number; most: number; reserved: number }>(CONNECTIONS);
    return judgeConnections(rows[0] as Connections, connections);
  });
  if (migrations !== 'none') {
    const heads = expectations?.migrationHeads;
    const expected = heads === undefined ? 'a migration head' : `the migration head ${heads.join(', ')}`;
    await ask('migration head', expected, () => judgeMigrations(session, migrations, heads, expected));
  }
  return findings;
}

async function judgeMigrations(
  session: Session,
  tool: MigrationTool,
  heads: readonly string[] | undefined,
  expected: string,
): Promise<Judgement> {
  try {
    const { passed, measured } = judgeHeads(
      await readHeads(session, tool),
      heads,
      await countUnfinished(session, tool),
    );
    return { verdict: passed ? 'pass' : 'fail', observed: measured, expected };
  } catch (error) {
    if (stateOf(error) !== NO_TABLE) throw error;
    return { verdict: 'fail', observed: `the table of ${tool} does not exist`, expected };
  }
}

async function versionOf(session: Session): Promise<string> {
  const { rows } = await session.query<{ version: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  );
  return rows[0]?.version ?? '';
}

function judgeVersion(version: string, wanted: number | undefined, expected: string): Judgement {
  const same = wanted === undefined || version.split('.')[0] === String(wanted);
  return { verdict: same ? 'pass' : 'fail', observed: `PostgreSQL ${version}`, expected };
}
