import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import pg from 'pg';
import { loginOf } from './login.ts';
import { migrate, migrateDown } from './migrations.ts';
import { startRestocking } from './restock.ts';
import { issueToken, subjectOf } from './tokens.ts';

/** What is wrong with a release: part of its image, as a bug is. */
type Defect =
  | 'none'
  | 'items-fail'
  | 'items-without-names'
  | 'crash-at-start'
  | 'never-ready'
  | 'fixed-user'
  | 'cached-login';

/** The demonstration API: a small shop that keeps its items in PostgreSQL. */
const defect = (process.env.RELEASE_DEFECT ?? 'none') as Defect;
const port = Number(process.env.PORT);

if (defect === 'crash-at-start') {
  console.error('TypeError: cannot read properties of undefined (reading "price")');
  process.exit(1);
}

const pool = new pg.Pool({
  host: process.env.DATABASE_HOST,
  port: Number(process.env.DATABASE_PORT),
  database: process.env.DATABASE_NAME,
  ...loginOf(defect),
  // The certificate must be the server's own: authorities come from NODE_EXTRA_CA_CERTS.
  ssl: { rejectUnauthorized: true },
  max: 5,
});
pool.on('error', (error) => console.error(`idle connection: ${error.message}`));

// The other thing that this program does, as a task of its own.
if (process.argv[2] === 'migrate-down') {
  await migrateDown(pool);
  await pool.end();
  process.exit(0);
}

const head = await migrate(pool, process.env.RELEASE_MIGRATION);

async function readiness(): Promise<{ status: string; checks: Record<string, string> }> {
  const checks: Record<string, string> = {};
  if (defect === 'never-ready') checks.names = 'missing';
  try {
    const { rows } = await pool.query<{ version_num: string }>('SELECT version_num FROM alembic_version');
    checks.database = 'ok';
    checks.migrations = rows.some((row) => row.version_num === head) ? 'ok' : 'behind';
  } catch {
    checks.database = 'unreachable';
  }
  return { status: Object.values(checks).every((value) => value === 'ok') ? 'ok' : 'degraded', checks };
}

/** The price list that this release asks for: a setting that can be wrong while the code is right. */
function requirePriceList(): void {
  const known = ['standard', 'summer'];
  const wanted = process.env.PRICE_LIST ?? 'standard';
  if (!known.includes(wanted)) throw new Error(`there is no price list of that name`);
}

/** What a client sees of itself, once it has shown a token. */
async function account(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const subject = await subjectOf(request.headers.authorization);
  return subject === undefined
    ? answer(response, 401, { error: 'no token that is accepted' })
    : answer(response, 200, { subject });
}

async function items(request: IncomingMessage): Promise<unknown> {
  requirePriceList();
  if (defect === 'items-fail') throw new TypeError('item.price.toFixed is not a function');
  if (request.method === 'POST') {
    const { rows } = await pool.query('INSERT INTO items (name) VALUES ($1) RETURNING id', [
      `item ${Date.now()}`,
    ]);
    return rows[0];
  }
  const { rows } = await pool.query<{ id: string; name: string }>(
    'SELECT id, name FROM items ORDER BY id DESC LIMIT 20',
  );
  // Whoever wrote this renamed a member and forgot its clients: they are answered 200, and show nothing.
  if (defect === 'items-without-names') return rows.map(({ id, name }) => ({ id, title: name }));
  return rows;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = createServer(async (request, response) => {
  request.resume();
  try {
    switch (request.url) {
      case '/health/live':
        return answer(response, 200, { status: 'ok' });
      case '/health/ready': {
        const ready = await readiness();
        return answer(response, ready.status === 'ok' ? 200 : 503, ready);
      }
      case '/items':
        return answer(response, 200, await items(request));
      case '/login':
        return answer(response, 200, { token: await issueToken('ada') });
      case '/account':
        return await account(request, response);
      default:
        return answer(response, 404, { error: 'not found' });
    }
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${(error as Error).message}`);
    answer(response, 500, { error: 'internal error' });
  }
});

server.listen(port, '127.0.0.1', () => console.log(`listening on ${port}`));
const stopRestocking = startRestocking(pool);
process.once('SIGTERM', () => {
  stopRestocking();
  server.close(() => void pool.end().then(() => process.exit(0)));
  server.closeIdleConnections();
});
