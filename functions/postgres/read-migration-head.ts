import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { type DatabaseTarget, ServiceTarget } from '../../schemas/target.ts';
import { client } from '../clients.ts';
import { audit } from '../run/audit-log.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { databaseAuthorities } from './authorities.ts';
import { MigrationHead } from './migration-head.ts';

const secrets = client(SecretsManagerClient);

/** A database that does not answer must not hold a rollback up. Milliseconds. */
const CONNECT_TIMEOUT_MILLISECONDS = 4000;
const STATEMENT_TIMEOUT_MILLISECONDS = 3000;

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Reads at which migration the service's database stands. A database that cannot be read is an answer, not a failure. */
export const handler = step({
  name: 'read-migration-head',
  phase: 'plan',
  input: Input,
  output: MigrationHead,
  run: read,
});

async function read({ run, target }: Input, tools: StepTools): Promise<MigrationHead> {
  const { database } = target;
  if (database === undefined) return { known: false, why: 'the service declares no database' };
  if (database.migrations === 'none') return { known: false, why: 'the database declares no migration tool' };
  let head: MigrationHead;
  try {
    head = { known: true, heads: await migrationHeads(database, database.migrations) };
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    head = { known: false, why: `${code ?? name}: ${redact(message)}` };
  }
  await audit(
    run.id,
    tools,
    'observation',
    head.known
      ? `The database ${database.name} stands at migration ${head.heads.join(', ') || '(none)'}.`
      : `The migration head of ${database.name} could not be read: ${head.why}.`,
  );
  return head;
}

/** What each tool keeps in the database. */
const STATEMENTS = {
  alembic: `
    SELECT version_num AS revision
    FROM alembic_version
    ORDER BY version_num`,
  prisma: `
    SELECT migration_name AS revision
    FROM _prisma_migrations
    WHERE finished_at IS NOT NULL
      AND rolled_back_at IS NULL
    ORDER BY finished_at DESC
    LIMIT 1`,
} as const;

/** The current head or heads (Alembic can have several), read over TLS that verifies the server's certificate and name. */
async function migrationHeads(database: DatabaseTarget, tool: 'alembic' | 'prisma'): Promise<string[]> {
  const { SecretString = '{}' } = await secrets().send(
    new GetSecretValueCommand({ SecretId: database.secretArn }),
  );
  const { username, password } = JSON.parse(SecretString) as { username?: string; password?: string };
  const client = new pg.Client({
    host: database.host,
    port: database.port,
    database: database.database,
    user: username,
    password,
    ssl: { ca: databaseAuthorities(), rejectUnauthorized: true, servername: database.host },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    query_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
    statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
    application_name: 'nightshift',
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ revision: string }>(STATEMENTS[tool]);
    return rows.map(({ revision }) => revision);
  } finally {
    await client.end().catch(() => {});
  }
}
