import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import type { RotationEvent } from '../../functions/secrets/keeper/requests.ts';

/**
 * What AWS's rotation functions for PostgreSQL do, step by step: which calls, connections and statements, in which order. Imitated from what
 * AWS tells of its templates, single user and alternating users, not copied from them. Where the imitation differs, in their favour: the secret
 * has `"ssl": true`, without which each refused login is tried a second time without TLS; and what their driver (PyGreSQL) asks the catalog
 * about types is left out. As there, parameters stand in the text of a statement, and a transaction's BEGIN and COMMIT are statements too.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html
 * @see https://github.com/aws-samples/aws-secrets-manager-rotation-lambdas
 */
export interface Scheme {
  /** Whom the next password is for. */
  nextUser(current: string): string;
  /** Whether the version before is read, needed or not. */
  readonly readsPrevious: boolean;
  set(login: { readonly current: SecretLogin; readonly pending: SecretLogin }): Promise<void>;
}

export interface SecretLogin {
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  readonly password: string;
  readonly masterarn: string;
}

/** What the templates exclude unless told otherwise. */
const EXCLUDED = `:/@"'\\`;
const secrets = new SecretsManagerClient({});

export function reference(scheme: Scheme) {
  return async ({ Step, SecretId, ClientRequestToken: token }: RotationEvent): Promise<void> => {
    if ((await labelsOf(SecretId))[token]?.includes('AWSCURRENT')) return;
    if (Step === 'createSecret') await create(scheme, SecretId, token);
    else if (Step === 'setSecret') {
      if (scheme.readsPrevious) await read({ SecretId, VersionStage: 'AWSPREVIOUS' }).catch(() => undefined);
      const current = await readCurrent(SecretId);
      await scheme.set({ current, pending: await readPending(SecretId, token) });
    } else if (Step === 'testSecret') {
      const client = await mustLogIn(await readPending(SecretId, token));
      await inTransaction(client, ['SELECT NOW()']);
    } else await finish(SecretId, token);
  };
}

async function create({ nextUser }: Scheme, arn: string, token: string): Promise<void> {
  const current = await readCurrent(arn);
  const existing = await readPending(arn, token).catch(() => undefined);
  if (existing !== undefined) return;
  const { RandomPassword: password } = await secrets.send(
    new GetRandomPasswordCommand({ ExcludeCharacters: EXCLUDED }),
  );
  const SecretString = JSON.stringify({ ...current, username: nextUser(current.username), password });
  const VersionStages = ['AWSPENDING'];
  const version = { SecretId: arn, ClientRequestToken: token, SecretString, VersionStages };
  await secrets.send(new PutSecretValueCommand(version));
}

async function finish(arn: string, token: string): Promise<void> {
  const labels = await labelsOf(arn);
  const [current = ''] = Object.entries(labels).find(([, own]) => own.includes('AWSCURRENT')) ?? [];
  const move = { SecretId: arn, VersionStage: 'AWSCURRENT', MoveToVersionId: token };
  await secrets.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: current }));
}

async function labelsOf(arn: string): Promise<Record<string, string[]>> {
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
  return VersionIdsToStages;
}

export const readCurrent = (arn: string) => read({ SecretId: arn, VersionStage: 'AWSCURRENT' });
const readPending = (arn: string, token: string) =>
  read({ SecretId: arn, VersionId: token, VersionStage: 'AWSPENDING' });

async function read(which: ConstructorParameters<typeof GetSecretValueCommand>[0]): Promise<SecretLogin> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand(which));
  return JSON.parse(SecretString) as SecretLogin;
}

/** A connection, or undefined where the login is refused. */
export async function logIn({ host, port, dbname, username, password }: SecretLogin) {
  // The bench trusts its own authority through NODE_EXTRA_CA_CERTS.
  const client = new pg.Client({ host, port, database: dbname, user: username, password, ssl: true });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return undefined;
    throw error;
  }
}

export async function mustLogIn(login: SecretLogin): Promise<pg.Client> {
  const client = await logIn(login);
  if (client === undefined) throw new Error(`${login.username} is refused.`);
  return client;
}

/** Runs statements in one transaction, and ends the connection. */
export async function inTransaction(client: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of ['BEGIN', ...statements, 'COMMIT']) await client.query(statement);
  await client.end();
}

/** As the templates quote: a statement asks the server to. */
export const quoteUser = (user: string) => `SELECT quote_ident(${pg.escapeLiteral(user)})`;
export const alterUser = ({ username, password }: SecretLogin) =>
  `ALTER USER ${pg.escapeIdentifier(username)} WITH PASSWORD ${pg.escapeLiteral(password)}`;
